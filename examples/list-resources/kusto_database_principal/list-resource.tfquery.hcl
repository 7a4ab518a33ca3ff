# One database.
list "kusto_database_principal" "one" {
  provider = kusto

  config {
    database_name = "Samples"
  }
}

# Every database of the cluster.
list "kusto_database_principal" "all" {
  provider = kusto
  limit    = 10000
}

# Every grant that one person holds.
list "kusto_database_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
