variable "database" {
  type    = string
  default = "Samples"
}

locals {
  grants = distinct(provider::kusto::parse_script(file("grants.kql")))
  added  = [for g in local.grants : g if g.command == "add"]

  # The principals of each role that the script sets. Those of .set … none are null.
  set = { for g in local.grants : g.role => g... if g.command == "set" && g.kind == "database" }
}

resource "kusto_database_principal" "added" {
  for_each = { for g in local.added : "${g.role} ${g.principal_fqn}" => g if g.kind == "database" }

  database_name = var.database
  role          = each.value.role
  principal_fqn = each.value.principal_fqn
  notes         = each.value.notes
}

resource "kusto_database_role" "set" {
  for_each = local.set

  database_name = var.database
  role          = each.key
  principals    = compact(each.value[*].principal_fqn)
  notes         = { for g in each.value : g.principal_fqn => g.notes if g.notes != null }
}

resource "kusto_table_principal" "added" {
  for_each = { for g in local.added : "${g.name} ${g.role} ${g.principal_fqn}" => g if g.kind == "table" }

  database_name = var.database
  table_name    = each.value.name
  role          = each.value.role
  principal_fqn = each.value.principal_fqn
  notes         = each.value.notes

  depends_on = [kusto_database_principal.added]
}

resource "kusto_function_principal" "added" {
  for_each = { for g in local.added : "${g.name} ${g.role} ${g.principal_fqn}" => g if g.kind == "function" }

  database_name = var.database
  function_name = each.value.name
  role          = each.value.role
  principal_fqn = each.value.principal_fqn
  notes         = each.value.notes

  depends_on = [kusto_database_principal.added]
}
