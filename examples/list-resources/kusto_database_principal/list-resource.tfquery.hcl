list "kusto_database_principal" "all" {
  provider = kusto

  config {
    database_name = "Samples"
  }
}
