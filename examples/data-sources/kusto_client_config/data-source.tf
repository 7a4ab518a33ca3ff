data "kusto_client_config" "current" {}

# Grants the identity that runs Terraform the role viewers.
resource "kusto_database_principal" "deployer" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = data.kusto_client_config.current.principal_fqn
}
