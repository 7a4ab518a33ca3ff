# Two teams can both use this in their own configurations.
resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
