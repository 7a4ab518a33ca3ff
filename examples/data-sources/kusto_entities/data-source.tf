data "kusto_entities" "storm_tables" {
  database_name = "Samples"
  kinds         = ["table"]
  name_regex    = "^Storm"
}

# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "agent" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}

# A table that is created later gets its grant from the next plan and apply.
resource "kusto_table_principal" "agent" {
  for_each = toset(data.kusto_entities.storm_tables.names)

  database_name = "Samples"
  table_name    = each.key
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"

  depends_on = [kusto_database_principal.agent]
}
