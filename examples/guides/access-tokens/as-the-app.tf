terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

# The environment variable KUSTO_CLIENT_SECRET sets the secret.
provider "kusto" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
  tenant_id   = "contoso.com"                          # tenant
  client_id   = "00000000-0000-4000-8000-0000000000a2" # appId
}

data "kusto_client_config" "current" {}

data "kusto_access_token" "app" {}

output "signed_in_as" {
  value = data.kusto_client_config.current.principal_fqn
}

output "access_token" {
  value     = data.kusto_access_token.app.access_token
  sensitive = true
}
