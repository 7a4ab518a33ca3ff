list "kusto_database_principal" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_table_principal" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_external_table_principal" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_materialized_view_principal" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_function_principal" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_graph_model_principal" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}
