list "kusto_database_access" "samples" {
  provider = kusto

  config {
    database_name = "Samples"
  }
}
