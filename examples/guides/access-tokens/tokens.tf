terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
}

# The token of the command above.
data "kusto_access_token" "api" {
  resource = "https://api.kusto.windows.net"
}

# Without a resource, the provider asks the cluster for it.
data "kusto_access_token" "cluster" {}

output "api" {
  value     = data.kusto_access_token.api.access_token
  sensitive = true
}

output "cluster" {
  value     = data.kusto_access_token.cluster.access_token
  sensitive = true
}
