# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "query_library" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadapp=query-library;contoso.com"
}

# The pipeline that deploys the function.
resource "kusto_function_principal" "query_library" {
  database_name = "Samples"
  function_name = "RecentEvents"
  role          = "admins"
  principal_fqn = "aadapp=query-library;contoso.com"
  notes         = "deploys from contoso/queries"

  depends_on = [kusto_database_principal.query_library]
}
