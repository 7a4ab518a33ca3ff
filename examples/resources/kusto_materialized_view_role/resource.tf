locals {
  maintainers = [
    "aaduser=bob@contoso.com",
    "aaduser=alice@contoso.com",
  ]
}

# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "maintainers" {
  for_each = toset(local.maintainers)

  database_name = "Samples"
  role          = "users"
  principal_fqn = each.value
}

# All admins of the view. Other principals are removed from the role.
resource "kusto_materialized_view_role" "admins" {
  database_name          = "Samples"
  materialized_view_name = "DailyEvents"
  role                   = "admins"
  principals             = local.maintainers

  depends_on = [kusto_database_principal.maintainers]
}
