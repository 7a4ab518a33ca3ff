# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "telemetry" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}

# The agent writes to this table. As one of the users, it can also read the database.
resource "kusto_table_principal" "telemetry" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
  notes         = "writes storm reports"

  depends_on = [kusto_database_principal.telemetry]
}
