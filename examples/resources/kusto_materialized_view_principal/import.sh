terraform import kusto_materialized_view_principal.bob 'https://mycluster.westeurope.kusto.windows.net|Samples|DailyEvents|admins|aaduser=bob@contoso.com'
