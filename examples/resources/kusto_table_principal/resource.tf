# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "telemetry" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}

# The agent that writes into this table, and into no other.
resource "kusto_table_principal" "telemetry" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
  principal_fqn = kusto_database_principal.telemetry.principal_fqn
  notes         = "writes storm reports"
}
