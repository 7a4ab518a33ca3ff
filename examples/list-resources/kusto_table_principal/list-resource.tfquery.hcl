list "kusto_table_principal" "all" {
  provider = kusto

  config {
    database_name = "Samples"
    table_name    = "StormEvents"
  }
}
