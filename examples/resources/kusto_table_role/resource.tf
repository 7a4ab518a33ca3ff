locals {
  writers = [
    "aadapp=telemetry-agent;contoso.com",
    "aadapp=stream-analytics;contoso.com",
  ]
}

# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "writers" {
  for_each = toset(local.writers)

  database_name = "Samples"
  role          = "users"
  principal_fqn = each.value
}

# All ingestors of the table. Other principals are removed from the role.
resource "kusto_table_role" "ingestors" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
  principals    = local.writers

  depends_on = [kusto_database_principal.writers]
}
