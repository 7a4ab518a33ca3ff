terraform import kusto_external_table_role.admins 'https://mycluster.westeurope.kusto.windows.net|Samples|ArchivedEvents|admins'
