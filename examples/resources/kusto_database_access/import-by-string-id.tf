import {
  to = kusto_database_access.database
  id = "https://mycluster.westeurope.kusto.windows.net|Samples"
}
