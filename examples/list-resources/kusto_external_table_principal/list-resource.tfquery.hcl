list "kusto_external_table_principal" "all" {
  provider = kusto

  config {
    database_name       = "Samples"
    external_table_name = "ArchivedEvents"
  }
}
