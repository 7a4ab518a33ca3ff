import {
  to = kusto_materialized_view_role.admins
  identity = {
    cluster_uri            = "https://mycluster.westeurope.kusto.windows.net"
    database_name          = "Samples"
    materialized_view_name = "DailyEvents"
    role                   = "admins"
  }
}
