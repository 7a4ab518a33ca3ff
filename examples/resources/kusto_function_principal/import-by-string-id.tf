import {
  to = kusto_function_principal.query_library
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|RecentEvents|admins|aadapp=query-library;contoso.com"
}
