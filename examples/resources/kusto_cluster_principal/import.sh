terraform import kusto_cluster_principal.on_call 'https://mycluster.westeurope.kusto.windows.net|alldatabasesmonitors|aadgroup=On-Call;contoso.com'
