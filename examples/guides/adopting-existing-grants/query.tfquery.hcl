list "kusto_database_principal" "samples" {
  provider = kusto

  config {
    database_name = "Samples"
  }
}

list "kusto_table_principal" "storm_events" {
  provider = kusto

  config {
    database_name = "Samples"
    table_name    = "StormEvents"
  }
}
