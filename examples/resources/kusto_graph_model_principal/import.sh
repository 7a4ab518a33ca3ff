terraform import kusto_graph_model_principal.network_team 'https://mycluster.westeurope.kusto.windows.net|Samples|Topology|admins|aadgroup=Network Team;contoso.com'
