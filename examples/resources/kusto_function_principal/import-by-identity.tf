import {
  to = kusto_function_principal.query_library
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    database_name = "Samples"
    function_name = "RecentEvents"
    role          = "admins"
    principal_fqn = "aadapp=query-library;contoso.com"
  }
}
