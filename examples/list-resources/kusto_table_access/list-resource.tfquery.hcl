# One table.
list "kusto_table_access" "one" {
  provider = kusto

  config {
    database_name = "Samples"
    table_name    = "StormEvents"
  }
}

# Every table of a database.
list "kusto_table_access" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every table of the cluster.
list "kusto_table_access" "all" {
  provider = kusto
  limit    = 10000
}

# Every table on which one person has a role.
list "kusto_table_access" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
