import {
  to = kusto_external_table_role.admins
  identity = {
    cluster_uri         = "https://mycluster.westeurope.kusto.windows.net"
    database_name       = "Samples"
    external_table_name = "ArchivedEvents"
    role                = "admins"
  }
}
