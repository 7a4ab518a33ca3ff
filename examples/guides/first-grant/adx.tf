data "azurerm_client_config" "current" {}

resource "azurerm_kusto_cluster" "example" {
  name                = "mycluster"
  location            = "westeurope"
  resource_group_name = "analytics"

  sku {
    name     = "Standard_E2a_v4"
    capacity = 2
  }
}

resource "azurerm_kusto_database" "samples" {
  name                = "Samples"
  location            = azurerm_kusto_cluster.example.location
  resource_group_name = azurerm_kusto_cluster.example.resource_group_name
  cluster_name        = azurerm_kusto_cluster.example.name
}

# Makes the identity that runs Terraform an admin, here a service principal.
resource "azurerm_kusto_cluster_principal_assignment" "terraform" {
  name                = "terraform"
  resource_group_name = azurerm_kusto_cluster.example.resource_group_name
  cluster_name        = azurerm_kusto_cluster.example.name
  tenant_id           = data.azurerm_client_config.current.tenant_id
  principal_id        = data.azurerm_client_config.current.client_id
  principal_type      = "App"
  role                = "AllDatabasesAdmin"
}

resource "kusto_database_principal" "dashboard" {
  cluster_uri   = azurerm_kusto_cluster.example.uri
  database_name = azurerm_kusto_database.samples.name
  role          = "viewers"
  principal_fqn = "aadapp=dashboard;contoso.com"

  depends_on = [azurerm_kusto_cluster_principal_assignment.terraform]
}
