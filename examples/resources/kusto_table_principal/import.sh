terraform import kusto_table_principal.telemetry 'https://mycluster.westeurope.kusto.windows.net|Samples|StormEvents|ingestors|aadapp=telemetry-agent;contoso.com'
