data "kusto_databases" "all" {}

# The databases whose grants can be changed: not those that follow a database of another cluster.
locals {
  databases = toset([for d in data.kusto_databases.all.databases : d.name if d.access_mode == "ReadWrite"])
}

resource "kusto_database_principal" "oncall" {
  for_each = local.databases

  database_name = each.key
  role          = "monitors"
  principal_fqn = "aadgroup=On-Call;contoso.com"
}
