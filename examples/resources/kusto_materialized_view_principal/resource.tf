# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "bob" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aaduser=bob@contoso.com"
}

# Bob may change the view's query without being an admin of the database.
resource "kusto_materialized_view_principal" "bob" {
  database_name          = "Samples"
  materialized_view_name = "DailyEvents"
  role                   = "admins"
  principal_fqn          = kusto_database_principal.bob.principal_fqn
  notes                  = "maintains the daily counts"
}
