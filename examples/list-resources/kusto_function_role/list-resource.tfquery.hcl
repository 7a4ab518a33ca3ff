# One function.
list "kusto_function_role" "one" {
  provider = kusto

  config {
    database_name = "Samples"
    function_name = "RecentEvents"
  }
}

# Every function of a database.
list "kusto_function_role" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every function of the cluster.
list "kusto_function_role" "all" {
  provider = kusto
  limit    = 10000
}

# Every role that one person has.
list "kusto_function_role" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
