terraform import kusto_function_principal.query_library 'https://mycluster.westeurope.kusto.windows.net|Samples|RecentEvents|admins|aadapp=query-library;contoso.com'
