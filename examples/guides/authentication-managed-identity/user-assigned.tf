provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
  use_msi     = true
  client_id   = "00000000-0000-4000-8000-0000000000a1"
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
