variable "client_certificate_password" {
  type      = string
  sensitive = true
}

provider "kusto" {
  cluster_uri                 = "https://mycluster.westeurope.kusto.windows.net"
  tenant_id                   = "contoso.com"
  client_id                   = "00000000-0000-4000-8000-0000000000a1"
  client_certificate_path     = "kusto.pfx"
  client_certificate_password = var.client_certificate_password
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}
