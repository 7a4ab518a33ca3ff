locals {
  sources = concat([var.access], [for path in var.access_files : yamldecode(file(path))])

  # One element for each role and principal, from all sources.
  listed = flatten([
    for source in local.sources : [
      for role, principals in source : [
        for key, p in principals : {
          role      = role
          key       = can(keys(principals)) ? key : try(p.id, p)
          principal = try(p.id, p)
          notes     = try(p.notes, p.name, null)
        }
      ] if principals != null
    ]
  ])

  # The same ones by role and key. What two sources list is one grant.
  grants = {
    for name, same in { for g in local.listed : "${g.role} ${g.key}" => g... } :
    name => merge(same[0], { notes = try([for g in same : g.notes if g.notes != null][0], null) })
  }
}

resource "kusto_database_principal" "this" {
  for_each = var.exclusive ? {} : merge([
    for database in var.databases : { for name, g in local.grants : "${database} ${name}" => merge(g, { database = database }) }
  ]...)

  cluster_uri   = var.cluster_uri
  database_name = each.value.database
  role          = each.value.role
  principal_fqn = each.value.principal
  notes         = each.value.notes
  allow_lockout = var.allow_lockout
}

resource "kusto_database_access" "this" {
  for_each = var.exclusive ? var.databases : []

  cluster_uri   = var.cluster_uri
  database_name = each.key
  grants        = local.access
  # Of a principal with several roles, the first notes count for all.
  notes             = { for principal, texts in { for g in local.grants : g.principal => g.notes... if g.notes != null } : principal => texts[0] }
  ignore_principals = var.ignore_principals
  allow_lockout     = var.allow_lockout
}

locals {
  access = { for role in distinct([for g in local.grants : g.role]) : role => [for g in local.grants : g.principal if g.role == role] }
}
