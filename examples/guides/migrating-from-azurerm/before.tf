resource "azurerm_kusto_database_principal_assignment" "dashboard" {
  name                = "dashboard-viewer"
  resource_group_name = azurerm_resource_group.main.name
  cluster_name        = azurerm_kusto_cluster.main.name
  database_name       = "Samples"

  tenant_id      = data.azurerm_client_config.current.tenant_id
  principal_id   = azuread_application.dashboard.client_id
  principal_type = "App"
  role           = "Viewer"
}
