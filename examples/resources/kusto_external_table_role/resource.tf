locals {
  owners = [
    "aadgroup=Lake Owners;contoso.com",
  ]
}

# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "owners" {
  for_each = toset(local.owners)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# All admins of the external table. Other principals are removed from the role.
resource "kusto_external_table_role" "admins" {
  database_name       = "Samples"
  external_table_name = "ArchivedEvents"
  role                = "admins"
  principals          = local.owners

  depends_on = [kusto_database_principal.owners]
}
