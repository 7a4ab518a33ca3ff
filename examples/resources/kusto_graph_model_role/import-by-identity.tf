import {
  to = kusto_graph_model_role.admins
  identity = {
    cluster_uri      = "https://mycluster.westeurope.kusto.windows.net"
    database_name    = "Samples"
    graph_model_name = "Topology"
    role             = "admins"
  }
}
