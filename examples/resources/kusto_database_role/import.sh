terraform import kusto_database_role.viewers 'https://mycluster.westeurope.kusto.windows.net|Samples|viewers'
