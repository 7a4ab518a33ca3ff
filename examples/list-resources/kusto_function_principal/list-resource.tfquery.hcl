list "kusto_function_principal" "all" {
  provider = kusto

  config {
    database_name = "Samples"
    function_name = "RecentEvents"
  }
}
