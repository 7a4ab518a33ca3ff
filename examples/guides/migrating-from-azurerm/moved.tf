moved {
  from = azurerm_kusto_database_principal_assignment.dashboard
  to   = kusto_database_principal.dashboard
}
