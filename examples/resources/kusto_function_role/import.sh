terraform import kusto_function_role.admins 'https://mycluster.westeurope.kusto.windows.net|Samples|RecentEvents|admins'
