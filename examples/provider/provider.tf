terraform {
  required_providers {
    kusto = {
      source  = "kusto-community/kusto"
      version = "~> 0.1"
    }
  }
}

# By default, the provider signs in with the account of the Azure CLI.
provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
}

resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=dashboard;contoso.com"
  notes         = "the sales dashboard"
}
