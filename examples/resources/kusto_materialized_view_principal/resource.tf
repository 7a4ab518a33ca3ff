# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "bob" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aaduser=bob@contoso.com"
}

# Bob can change the query of the view without being an admin of the database.
resource "kusto_materialized_view_principal" "bob" {
  database_name          = "Samples"
  materialized_view_name = "DailyEvents"
  role                   = "admins"
  principal_fqn          = kusto_database_principal.bob.principal_fqn
  notes                  = "maintains the daily counts"
}
