terraform import kusto_external_table_principal.lake_owners 'https://mycluster.westeurope.kusto.windows.net|Samples|ArchivedEvents|admins|aadgroup=Lake Owners;contoso.com'
