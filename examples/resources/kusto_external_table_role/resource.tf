locals {
  owners = [
    "aadgroup=Lake Owners;contoso.com",
  ]
}

# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "owners" {
  for_each = toset(local.owners)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# Only these may alter or drop the external table by a role on it.
resource "kusto_external_table_role" "admins" {
  database_name       = "Samples"
  external_table_name = "ArchivedEvents"
  role                = "admins"
  principals          = [for p in kusto_database_principal.owners : p.principal_fqn]
}
