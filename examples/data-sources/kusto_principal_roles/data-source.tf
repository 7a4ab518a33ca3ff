# The roles of the identity that runs Terraform. An error of the data source is a warning
# inside a check block.
check "admin" {
  data "kusto_principal_roles" "own" {
    database_name = "Samples"
  }

  assert {
    condition     = contains(data.kusto_principal_roles.own.roles, "admins")
    error_message = "The identity that runs Terraform is not an admin of Samples. The apply may fail."
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
