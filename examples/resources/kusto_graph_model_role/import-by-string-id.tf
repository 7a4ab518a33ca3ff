import {
  to = kusto_graph_model_role.admins
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|Topology|admins"
}
