resource "kusto_database_role" "admins" {
  database_name = "Samples"
  role          = "admins"
  principals = [
    data.kusto_client_config.current.principal_fqn, # the identity that runs Terraform
    "aadgroup=On-Call;contoso.com",
  ]
}

data "kusto_client_config" "current" {}
