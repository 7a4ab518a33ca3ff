terraform import kusto_database_principal.dashboard 'https://mycluster.westeurope.kusto.windows.net|Samples|viewers|aadapp=00000000-0000-4000-8000-0000000000a2;contoso.com'
