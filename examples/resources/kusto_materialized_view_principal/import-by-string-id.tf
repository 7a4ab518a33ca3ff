import {
  to = kusto_materialized_view_principal.bob
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|DailyEvents|admins|aaduser=bob@contoso.com"
}
