check "pipeline" {
  data "kusto_principal_roles" "own" {
    database_name = "Samples"
  }

  assert {
    condition     = contains(data.kusto_principal_roles.own.roles, "admins")
    error_message = "The identity that runs Terraform is not an admin of Samples."
  }
}

check "no_single_users" {
  data "kusto_database_principals" "samples" {
    database_name = "Samples"
  }

  assert {
    condition = alltrue([
      for p in data.kusto_database_principals.samples.principals : p.inherited || !contains(["user", "msa"], p.principal_type)
    ])
    error_message = "A user has a role on Samples directly, and not as a member of a group."
  }
}
