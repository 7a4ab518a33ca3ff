data "kusto_databases" "all" {}

data "kusto_database_principals" "admins" {
  for_each = toset([for d in data.kusto_databases.all.databases : d.name])

  database_name = each.key
  role          = "admins"
}

output "admins" {
  value = {
    for database, admins in data.kusto_database_principals.admins : database => [
      for p in admins.principals : "${p.principal_display_name}: ${p.inherited ? p.role_description : "directly"}"
    ]
  }
}
