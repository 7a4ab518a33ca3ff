import {
  to = kusto_function_role.admins
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    database_name = "Samples"
    function_name = "RecentEvents"
    role          = "admins"
  }
}
