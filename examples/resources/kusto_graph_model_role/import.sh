terraform import kusto_graph_model_role.admins 'https://mycluster.westeurope.kusto.windows.net|Samples|Topology|admins'
