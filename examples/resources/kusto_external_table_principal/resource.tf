# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "lake_owners" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Lake Owners;contoso.com"
}

# The group can change the storage account of the external table.
resource "kusto_external_table_principal" "lake_owners" {
  database_name       = "Samples"
  external_table_name = "ArchivedEvents"
  role                = "admins"
  principal_fqn       = "aadgroup=Lake Owners;contoso.com"
  notes               = "own the storage account behind it"

  depends_on = [kusto_database_principal.lake_owners]
}
