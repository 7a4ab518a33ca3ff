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

resource "kusto_database_principal" "app" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadapp=00000000-0000-4000-8000-0000000000a2;contoso.com" # aadapp=<appId>;<tenant>
  notes         = "getting started"
}
