# One function.
list "kusto_function_principal" "one" {
  provider = kusto

  config {
    database_name = "Samples"
    function_name = "RecentEvents"
  }
}

# Every function of a database.
list "kusto_function_principal" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every function of the cluster.
list "kusto_function_principal" "all" {
  provider = kusto
  limit    = 10000
}

# Every grant that one person holds.
list "kusto_function_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
