# One configuration says who the viewers are. Everyone else is taken out.
resource "kusto_database_role" "viewers" {
  database_name = "Samples"
  role          = "viewers"
  principals = [
    "aadgroup=Data Readers;contoso.com",
    "aadapp=dashboard;contoso.com",
  ]
}
