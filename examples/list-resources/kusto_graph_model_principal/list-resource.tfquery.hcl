list "kusto_graph_model_principal" "all" {
  provider = kusto

  config {
    database_name    = "Samples"
    graph_model_name = "Topology"
  }
}
