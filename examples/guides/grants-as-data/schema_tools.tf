locals {
  schema = yamldecode(file("${path.module}/Samples.yml"))
  roles  = ["admins", "users", "viewers", "unrestrictedViewers", "ingestors", "monitors"]
}

module "schema_tools" {
  source = "./modules/database-access"

  databases = [local.schema.name]
  access    = { for role in local.roles : lower(role) => local.schema[role] if can(local.schema[role]) }
}
