terraform import kusto_table_access.table 'https://mycluster.westeurope.kusto.windows.net|Samples|StormEvents'
