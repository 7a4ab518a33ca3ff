# The roles of the identity that runs Terraform.
data "kusto_principal_roles" "own" {
  database_name = "Samples"
}

check "admin" {
  assert {
    condition     = contains(data.kusto_principal_roles.own.roles, "admins")
    error_message = "The identity that runs Terraform is not an admin of Samples. It can plan, but the apply will fail."
  }
}

# The roles of somebody else on a table.
data "kusto_principal_roles" "dashboard" {
  database_name = "Samples"
  table_name    = "StormEvents"
  principal_fqn = "aadapp=dashboard;contoso.com"
}

output "roles_of_the_dashboard" {
  value = data.kusto_principal_roles.dashboard.roles
}
