import {
  to = kusto_cluster_principal.on_call
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    role          = "alldatabasesmonitors"
    principal_fqn = "aadgroup=On-Call;contoso.com"
  }
}
