data "kusto_database_principals" "database" {
  database_name = "Samples"
  role          = "admins"
}

output "admins" {
  value = [for p in data.kusto_database_principals.database.principals : p.principal_display_name]
}
