removed {
  from = kusto_database_role.viewers

  lifecycle {
    destroy = false
  }
}
