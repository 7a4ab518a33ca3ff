locals {
  maintainers = [
    "aaduser=bob@contoso.com",
    "aaduser=alice@contoso.com",
  ]
}

# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "maintainers" {
  for_each = toset(local.maintainers)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# Only these may alter or drop the view by a role on it.
resource "kusto_materialized_view_role" "admins" {
  database_name          = "Samples"
  materialized_view_name = "DailyEvents"
  role                   = "admins"
  principals             = [for p in kusto_database_principal.maintainers : p.principal_fqn]
}
