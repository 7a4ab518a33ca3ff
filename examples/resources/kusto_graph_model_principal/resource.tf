# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "network_team" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Network Team;contoso.com"
}

# The group can change the nodes and edges of the graph model.
resource "kusto_graph_model_principal" "network_team" {
  database_name    = "Samples"
  graph_model_name = "Topology"
  role             = "admins"
  principal_fqn    = "aadgroup=Network Team;contoso.com"

  depends_on = [kusto_database_principal.network_team]
}
