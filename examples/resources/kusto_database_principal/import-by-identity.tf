import {
  to = kusto_database_principal.dashboard
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    database_name = "Samples"
    role          = "viewers"
    principal_fqn = "aadapp=00000000-0000-4000-8000-0000000000a2;contoso.com"
  }
}
