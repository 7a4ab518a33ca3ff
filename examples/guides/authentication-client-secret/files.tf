provider "kusto" {
  cluster_uri             = "https://mycluster.westeurope.kusto.windows.net"
  tenant_id               = "contoso.com"
  client_id_file_path     = "secrets/client-id"
  client_secret_file_path = "secrets/client-secret"
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
