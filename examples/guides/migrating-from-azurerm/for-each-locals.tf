locals {
  tenant_id = data.azurerm_client_config.current.tenant_id
  readers = {
    data-readers = { type = "Group", object_id = "00000000-0000-4000-8000-000000000021" }
    alice        = { type = "User", object_id = "00000000-0000-4000-8000-000000000011" }
  }
}
