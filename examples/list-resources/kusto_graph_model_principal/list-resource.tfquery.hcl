# One graph model.
list "kusto_graph_model_principal" "one" {
  provider = kusto

  config {
    database_name    = "Samples"
    graph_model_name = "Topology"
  }
}

# Every graph model of a database.
list "kusto_graph_model_principal" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every graph model of the cluster.
list "kusto_graph_model_principal" "all" {
  provider = kusto
  limit    = 10000
}

# Every grant that one person holds.
list "kusto_graph_model_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
