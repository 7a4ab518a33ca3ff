# One external table.
list "kusto_external_table_role" "one" {
  provider = kusto

  config {
    database_name       = "Samples"
    external_table_name = "ArchivedEvents"
  }
}

# Every external table of a database.
list "kusto_external_table_role" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every external table of the cluster.
list "kusto_external_table_role" "all" {
  provider = kusto
  limit    = 10000
}

# Every role that one person has.
list "kusto_external_table_role" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
