data "kusto_client_config" "current" {}

# Whoever runs Terraform may also read what is written.
resource "kusto_database_principal" "deployer" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = data.kusto_client_config.current.principal_fqn
}
