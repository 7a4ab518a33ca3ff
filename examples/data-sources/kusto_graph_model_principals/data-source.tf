data "kusto_graph_model_principals" "graph_model" {
  database_name    = "Samples"
  graph_model_name = "Topology"
}

output "who_can_change_it" {
  value = [for p in data.kusto_graph_model_principals.graph_model.principals : p.principal_display_name]
}
