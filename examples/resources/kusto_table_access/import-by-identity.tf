import {
  to = kusto_table_access.table
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    database_name = "Samples"
    table_name    = "StormEvents"
  }
}
