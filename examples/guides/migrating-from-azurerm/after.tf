resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=dashboard;contoso.com"
}
