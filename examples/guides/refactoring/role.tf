resource "kusto_database_role" "viewers" {
  database_name = "Samples"
  role          = "viewers"
  principals = [
    "aadapp=dashboard;contoso.com",
    "aadgroup=Data Readers;contoso.com",
  ]
}
