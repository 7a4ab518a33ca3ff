# One table.
list "kusto_table_role" "one" {
  provider = kusto

  config {
    database_name = "Samples"
    table_name    = "StormEvents"
  }
}

# Every table of a database.
list "kusto_table_role" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every table of the cluster.
list "kusto_table_role" "all" {
  provider = kusto
  limit    = 10000
}

# Every role that one person has.
list "kusto_table_role" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
