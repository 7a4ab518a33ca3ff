# All viewers of the database. Other principals are removed from the role.
resource "kusto_database_role" "viewers" {
  database_name = "Samples"
  role          = "viewers"
  principals = [
    "aadgroup=Data Readers;contoso.com",
    "aadapp=dashboard;contoso.com",
    "aaduser=alice@contoso.com",
  ]

  notes = {
    "aadapp=dashboard;contoso.com" = "the sales dashboard"
  }
}
