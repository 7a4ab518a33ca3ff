data "kusto_materialized_view_principals" "materialized_view" {
  database_name          = "Samples"
  materialized_view_name = "DailyEvents"
}

output "maintainers" {
  value = [for p in data.kusto_materialized_view_principals.materialized_view.principals : p.principal_fqn if !p.inherited]
}
