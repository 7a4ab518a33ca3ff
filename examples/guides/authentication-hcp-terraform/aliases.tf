variable "tfc_azure_dynamic_credentials" {
  type = object({
    default = object({
      client_id_file_path  = string
      oidc_token_file_path = string
    })
    aliases = map(object({
      client_id_file_path  = string
      oidc_token_file_path = string
    }))
  })
}

provider "kusto" {
  cluster_uri          = "https://mycluster.westeurope.kusto.windows.net"
  tenant_id            = "contoso.com"
  use_oidc             = true
  client_id_file_path  = var.tfc_azure_dynamic_credentials.default.client_id_file_path
  oidc_token_file_path = var.tfc_azure_dynamic_credentials.default.oidc_token_file_path
}

provider "kusto" {
  alias                = "fabric"
  cluster_uri          = "https://trd-00000000000000e4.z4.kusto.fabric.microsoft.com"
  tenant_id            = "contoso.com"
  use_oidc             = true
  client_id_file_path  = var.tfc_azure_dynamic_credentials.aliases["FABRIC"].client_id_file_path
  oidc_token_file_path = var.tfc_azure_dynamic_credentials.aliases["FABRIC"].oidc_token_file_path
}

resource "kusto_database_principal" "readers" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}

resource "kusto_database_principal" "on_call" {
  provider      = kusto.fabric
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadgroup=On-Call;contoso.com"
}
