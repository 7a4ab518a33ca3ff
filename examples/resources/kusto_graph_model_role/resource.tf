locals {
  modellers = [
    "aadgroup=Network Team;contoso.com",
    "aaduser=alice@contoso.com",
  ]
}

# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "modellers" {
  for_each = toset(local.modellers)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# All admins of the graph model. Other principals are removed from the role.
resource "kusto_graph_model_role" "admins" {
  database_name    = "Samples"
  graph_model_name = "Topology"
  role             = "admins"
  principals       = local.modellers

  depends_on = [kusto_database_principal.modellers]
}
