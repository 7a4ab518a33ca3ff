# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "network_team" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadgroup=Network Team;contoso.com"
}

# Those who may change the model's nodes and edges.
resource "kusto_graph_model_principal" "network_team" {
  database_name    = "Samples"
  graph_model_name = "Topology"
  role             = "admins"
  principal_fqn    = kusto_database_principal.network_team.principal_fqn
}
