provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
  use_azd     = true
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
