# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "query_library" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=query-library;contoso.com"
}

# The pipeline that deploys the team's stored functions.
resource "kusto_function_principal" "query_library" {
  database_name = "Samples"
  function_name = "RecentEvents"
  role          = "admins"
  principal_fqn = kusto_database_principal.query_library.principal_fqn
  notes         = "deploys from contoso/queries"
}
