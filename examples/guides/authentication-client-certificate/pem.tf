provider "kusto" {
  cluster_uri             = "https://mycluster.westeurope.kusto.windows.net"
  tenant_id               = "contoso.com"
  client_id               = "00000000-0000-4000-8000-0000000000a1"
  client_certificate_path = "kusto.pem"
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
