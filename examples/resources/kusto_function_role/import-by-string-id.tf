import {
  to = kusto_function_role.admins
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|RecentEvents|admins"
}
