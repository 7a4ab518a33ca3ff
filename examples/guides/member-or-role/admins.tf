resource "kusto_database_role" "admins" {
  database_name = "Samples"
  role          = "admins"
  principals = [
    data.kusto_client_config.current.principal_fqn, # whoever runs Terraform stays
    "aadgroup=On-Call;contoso.com",
  ]
}

data "kusto_client_config" "current" {}
