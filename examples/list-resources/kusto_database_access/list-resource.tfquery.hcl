# One database.
list "kusto_database_access" "one" {
  provider = kusto

  config {
    database_name = "Samples"
  }
}

# Every database of the cluster.
list "kusto_database_access" "all" {
  provider = kusto
  limit    = 10000
}

# Every database on which one person has a role.
list "kusto_database_access" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
