locals {
  deployers = [
    "aadapp=query-library;contoso.com",
  ]
}

# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "deployers" {
  for_each = toset(local.deployers)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# Only the pipeline may change the function by a role on it.
resource "kusto_function_role" "admins" {
  database_name = "Samples"
  function_name = "RecentEvents"
  role          = "admins"
  principals    = [for p in kusto_database_principal.deployers : p.principal_fqn]
}
