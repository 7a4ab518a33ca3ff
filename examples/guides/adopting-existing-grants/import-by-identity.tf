import {
  to = kusto_table_principal.agent
  identity = {
    cluster_uri   = "https://mycluster.westeurope.kusto.windows.net"
    database_name = "Samples"
    table_name    = "StormEvents"
    role          = "ingestors"
    principal_fqn = "aadapp=telemetry-agent;contoso.com"
  }
}

resource "kusto_table_principal" "agent" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}
