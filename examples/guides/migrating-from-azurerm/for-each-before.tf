resource "azurerm_kusto_database_principal_assignment" "readers" {
  for_each = local.readers

  name                = each.key
  resource_group_name = azurerm_resource_group.main.name
  cluster_name        = azurerm_kusto_cluster.main.name
  database_name       = "Samples"

  tenant_id      = local.tenant_id
  principal_id   = each.value.object_id
  principal_type = each.value.type
  role           = "Viewer"
}
