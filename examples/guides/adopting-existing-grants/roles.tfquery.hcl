list "kusto_database_role" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_table_role" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_external_table_role" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_materialized_view_role" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_function_role" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

list "kusto_graph_model_role" "samples" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}
