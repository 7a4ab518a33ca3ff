resource "kusto_database_principal" "readers" {
  for_each = local.readers

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aad${lower(each.value.type)}=${each.value.object_id};${local.tenant_id}"
}

moved {
  from = azurerm_kusto_database_principal_assignment.readers
  to   = kusto_database_principal.readers
}
