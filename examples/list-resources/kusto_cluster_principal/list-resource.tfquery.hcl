# The cluster.
list "kusto_cluster_principal" "all" {
  provider = kusto
  limit    = 10000
}

# Every grant that one person holds.
list "kusto_cluster_principal" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
