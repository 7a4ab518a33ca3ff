variable "database" {
  type    = string
  default = "Samples"
}

locals {
  grants = distinct(provider::kusto::parse_script(file("grants.kql")))
  added  = [for g in local.grants : g if g.command == "add"]

  # One set of principals for each role that the script sets.
  set = { for g in local.grants : g.role => g.principal_fqn... if g.command == "set" && g.kind == "database" }
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
  principals    = compact(each.value) # .set … none has no principal
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
