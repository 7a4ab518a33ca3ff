list "kusto_database_principal" "all" {
  provider = kusto
  limit    = 10000
}

list "kusto_table_principal" "all" {
  provider = kusto
  limit    = 10000
}

list "kusto_external_table_principal" "all" {
  provider = kusto
  limit    = 10000
}

list "kusto_materialized_view_principal" "all" {
  provider = kusto
  limit    = 10000
}

list "kusto_function_principal" "all" {
  provider = kusto
  limit    = 10000
}

list "kusto_graph_model_principal" "all" {
  provider = kusto
  limit    = 10000
}
