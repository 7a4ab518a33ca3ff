# One graph model.
list "kusto_graph_model_role" "one" {
  provider = kusto

  config {
    database_name    = "Samples"
    graph_model_name = "Topology"
  }
}

# Every graph model of a database.
list "kusto_graph_model_role" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every graph model of the cluster.
list "kusto_graph_model_role" "all" {
  provider = kusto
  limit    = 10000
}

# Every role that one person has.
list "kusto_graph_model_role" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
