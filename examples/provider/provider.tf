terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

# Without more, the provider signs in as whoever is signed in to the Azure CLI.
provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
}

resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=dashboard;contoso.com"
  notes         = "the sales dashboard"
}
