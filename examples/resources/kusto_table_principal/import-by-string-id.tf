import {
  to = kusto_table_principal.telemetry
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|StormEvents|ingestors|aadapp=telemetry-agent;contoso.com"
}
