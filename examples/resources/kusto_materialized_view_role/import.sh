terraform import kusto_materialized_view_role.admins 'https://mycluster.westeurope.kusto.windows.net|Samples|DailyEvents|admins'
