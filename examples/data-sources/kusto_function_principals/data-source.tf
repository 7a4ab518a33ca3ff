data "kusto_function_principals" "function" {
  database_name = "Samples"
  function_name = "RecentEvents"
}

output "deployers" {
  value = [for p in data.kusto_function_principals.function.principals : p.principal_fqn if !p.inherited]
}
