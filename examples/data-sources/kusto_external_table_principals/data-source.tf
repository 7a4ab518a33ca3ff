data "kusto_external_table_principals" "external_table" {
  database_name       = "Samples"
  external_table_name = "ArchivedEvents"
}

output "who_can_alter_it" {
  value = [for p in data.kusto_external_table_principals.external_table.principals : p.principal_display_name]
}
