# One database.
list "kusto_database_role" "one" {
  provider = kusto

  config {
    database_name = "Samples"
  }
}

# Every database of the cluster.
list "kusto_database_role" "all" {
  provider = kusto
  limit    = 10000
}

# Every role that one person has.
list "kusto_database_role" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
