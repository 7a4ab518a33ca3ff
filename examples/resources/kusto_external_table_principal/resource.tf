# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "lake_owners" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Lake Owners;contoso.com"
}

# Those who may point the external table at another storage account.
resource "kusto_external_table_principal" "lake_owners" {
  database_name       = "Samples"
  external_table_name = "ArchivedEvents"
  role                = "admins"
  principal_fqn       = kusto_database_principal.lake_owners.principal_fqn
  notes               = "own the storage account behind it"
}
