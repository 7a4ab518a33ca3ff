terraform import kusto_table_role.ingestors 'https://mycluster.westeurope.kusto.windows.net|Samples|StormEvents|ingestors'
