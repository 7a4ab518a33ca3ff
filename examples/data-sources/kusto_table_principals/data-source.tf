data "kusto_table_principals" "table" {
  database_name = "Samples"
  table_name    = "StormEvents"
  role          = "ingestors"
}

output "direct_ingestors" {
  value = [for p in data.kusto_table_principals.table.principals : p.principal_fqn if !p.inherited]
}
