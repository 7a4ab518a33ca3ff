import {
  to = kusto_database_role.viewers
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    database_name = "Samples"
    role          = "viewers"
  }
}
