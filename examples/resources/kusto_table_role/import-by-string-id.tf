import {
  to = kusto_table_role.ingestors
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|StormEvents|ingestors"
}
