import {
  to = kusto_graph_model_principal.network_team
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|Topology|admins|aadgroup=Network Team;contoso.com"
}
