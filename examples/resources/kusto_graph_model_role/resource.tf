locals {
  modellers = [
    "aadgroup=Network Team;contoso.com",
    "aaduser=alice@contoso.com",
  ]
}

# Whoever gets a role on something inside a database needs one on the database first.
resource "kusto_database_principal" "modellers" {
  for_each = toset(local.modellers)

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}

# Only these may change the model by a role on it.
resource "kusto_graph_model_role" "admins" {
  database_name    = "Samples"
  graph_model_name = "Topology"
  role             = "admins"
  principals       = [for p in kusto_database_principal.modellers : p.principal_fqn]
}
