terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

# Signs in with the Azure CLI. See "Signing in" for other ways.
provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
}
