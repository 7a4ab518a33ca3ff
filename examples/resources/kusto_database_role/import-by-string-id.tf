import {
  to = kusto_database_role.viewers
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|viewers"
}
