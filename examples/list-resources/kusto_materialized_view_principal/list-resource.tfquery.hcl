list "kusto_materialized_view_principal" "all" {
  provider = kusto

  config {
    database_name          = "Samples"
    materialized_view_name = "DailyEvents"
  }
}
