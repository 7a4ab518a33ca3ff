import {
  to = kusto_external_table_role.admins
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|ArchivedEvents|admins"
}
