list "kusto_database_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}

list "kusto_table_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}

list "kusto_external_table_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}

list "kusto_materialized_view_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}

list "kusto_function_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}

list "kusto_graph_model_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
