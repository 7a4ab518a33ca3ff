# One materialized view.
list "kusto_materialized_view_role" "one" {
  provider = kusto

  config {
    database_name          = "Samples"
    materialized_view_name = "DailyEvents"
  }
}

# Every materialized view of a database.
list "kusto_materialized_view_role" "of_the_database" {
  provider = kusto
  limit    = 10000

  config {
    database_name = "Samples"
  }
}

# Every materialized view of the cluster.
list "kusto_materialized_view_role" "all" {
  provider = kusto
  limit    = 10000
}

# Every role that one person has.
list "kusto_materialized_view_role" "alice" {
  provider = kusto
  limit    = 10000

  config {
    principal_fqn = "aaduser=alice@contoso.com"
  }
}
