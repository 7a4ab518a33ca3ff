locals {
  sources = concat([var.access], [for path in var.access_files : yamldecode(file(path))])

  # The principals of each role, from all sources.
  access = {
    for role in distinct(flatten([for source in local.sources : keys(source)])) :
    role => setunion([for source in local.sources : toset(lookup(source, role, []))]...)
  }

  grants = merge([
    for role, principals in local.access : { for p in principals : "${role} ${p}" => { role = role, principal = p } }
  ]...)
}

resource "kusto_database_principal" "this" {
  for_each = var.exclusive ? {} : local.grants

  cluster_uri   = var.cluster_uri
  database_name = var.database_name
  role          = each.value.role
  principal_fqn = each.value.principal
}

resource "kusto_database_role" "this" {
  for_each = var.exclusive ? local.access : {}

  cluster_uri   = var.cluster_uri
  database_name = var.database_name
  role          = each.key
  principals    = each.value
}
