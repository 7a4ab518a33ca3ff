data "kusto_principal_roles" "pipeline" {
  database_name = "Samples"
}

data "kusto_database_principals" "samples" {
  database_name = "Samples"
}

check "pipeline" {
  assert {
    condition     = contains(data.kusto_principal_roles.pipeline.roles, "admins")
    error_message = "The identity that runs Terraform is no longer an admin of Samples."
  }
}

check "no_single_users" {
  assert {
    condition = alltrue([
      for p in data.kusto_database_principals.samples.principals : p.inherited || p.principal_type != "user"
    ])
    error_message = "A user has a role on Samples directly, and not as a member of a group."
  }
}
