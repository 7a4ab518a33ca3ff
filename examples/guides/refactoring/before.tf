resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=dashboard;contoso.com"
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
