import {
  to = kusto_graph_model_principal.network_team
  identity = {
    cluster_uri      = "https://mycluster.westeurope.kusto.windows.net"
    database_name    = "Samples"
    graph_model_name = "Topology"
    role             = "admins"
    principal_fqn    = "aadgroup=Network Team;contoso.com"
  }
}
