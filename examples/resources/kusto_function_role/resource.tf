locals {
  deployers = [
    "aadapp=query-library;contoso.com",
  ]
}

# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "deployers" {
  for_each = toset(local.deployers)

  database_name = "Samples"
  role          = "users"
  principal_fqn = each.value
}

# All admins of the function. Other principals are removed from the role.
resource "kusto_function_role" "admins" {
  database_name = "Samples"
  function_name = "RecentEvents"
  role          = "admins"
  principals    = local.deployers

  depends_on = [kusto_database_principal.deployers]
}
