locals {
  writers = [
    "aadapp=telemetry-agent;contoso.com",
    "aadapp=stream-analytics;contoso.com",
  ]
}

# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "writers" {
  for_each = toset(local.writers)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# Only these may write into the table by a role on it.
resource "kusto_table_role" "ingestors" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
  principals    = [for p in kusto_database_principal.writers : p.principal_fqn]
}
