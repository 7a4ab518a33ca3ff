resource "azurerm_user_assigned_identity" "agent" {
  name                = "telemetry-agent"
  resource_group_name = "telemetry"
  location            = "westeurope"
}

module "agent" {
  source = "./modules/database-access"

  databases = ["Samples", "Sales"]
  access = {
    ingestors = {
      agent = {
        id    = provider::kusto::principal_fqn("app", azurerm_user_assigned_identity.agent.client_id, azurerm_user_assigned_identity.agent.tenant_id)
        notes = "writes telemetry"
      }
    }
  }
}
