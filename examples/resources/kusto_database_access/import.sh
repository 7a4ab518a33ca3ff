terraform import kusto_database_access.database 'https://mycluster.westeurope.kusto.windows.net|Samples'
