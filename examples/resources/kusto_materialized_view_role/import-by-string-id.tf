import {
  to = kusto_materialized_view_role.admins
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|DailyEvents|admins"
}
