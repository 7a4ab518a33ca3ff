provider "kusto" {
  cluster_uri = azurerm_kusto_cluster.main.uri
}
