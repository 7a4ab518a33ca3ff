# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "bob" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aaduser=bob@contoso.com"
}

# Bob can change the query of the view without being an admin of the database.
resource "kusto_materialized_view_principal" "bob" {
  database_name          = "Samples"
  materialized_view_name = "DailyEvents"
  role                   = "admins"
  principal_fqn          = "aaduser=bob@contoso.com"
  notes                  = "maintains the daily counts"

  depends_on = [kusto_database_principal.bob]
}
