# Whoever is not in this list may not view the database by a role on it.
resource "kusto_database_role" "viewers" {
  database_name = "Samples"
  role          = "viewers"
  principals = [
    "aadgroup=Data Readers;contoso.com",
    "aadapp=dashboard;contoso.com",
    "aaduser=alice@contoso.com",
  ]
}
