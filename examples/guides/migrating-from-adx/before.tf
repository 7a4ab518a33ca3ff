resource "adx_table_security_role" "telemetry" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
  notes         = "writes storm reports"
}
