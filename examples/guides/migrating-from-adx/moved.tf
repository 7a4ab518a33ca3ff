moved {
  from = adx_table_security_role.telemetry
  to   = kusto_table_principal.telemetry
}
