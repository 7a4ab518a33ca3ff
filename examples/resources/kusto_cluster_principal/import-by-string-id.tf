import {
  to = kusto_cluster_principal.on_call
  id = "https://mycluster.westeurope.kusto.windows.net|alldatabasesmonitors|aadgroup=On-Call;contoso.com"
}
