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

resource "kusto_database_principal" "bob" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aaduser=bob@contoso.com"
  notes         = "reads the dashboards"
}
