resource "kusto_database_principal" "viewer" {
  for_each = {
    dashboard = "aadapp=dashboard;contoso.com"
    readers   = "aadgroup=Data Readers;contoso.com"
  }

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

moved {
  from = kusto_database_principal.dashboard
  to   = kusto_database_principal.viewer["dashboard"]
}

moved {
  from = kusto_database_principal.readers
  to   = kusto_database_principal.viewer["readers"]
}
