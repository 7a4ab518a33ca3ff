import {
  to = kusto_table_access.table
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|StormEvents"
}
