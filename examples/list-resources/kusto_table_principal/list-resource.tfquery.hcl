# One table.
list "kusto_table_principal" "one" {
  provider = kusto

  config {
    database_name = "Samples"
    table_name    = "StormEvents"
  }
}

# Every table of a database.
list "kusto_table_principal" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every table of the cluster.
list "kusto_table_principal" "all" {
  provider = kusto
  limit    = 10000
}

# Every grant that one person holds.
list "kusto_table_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
