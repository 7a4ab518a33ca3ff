# The policy: from now on, a role such as viewers does not let anyone read the table.
resource "adx_table_restricted_view_access_policy" "storm_events" {
  database_name = "Samples"
  table_name    = "StormEvents"
  enabled       = true
}

# Those who still can: they have both roles.
resource "kusto_database_principal" "auditors" {
  for_each = toset(["viewers", "unrestrictedviewers"])

  database_name = "Samples"
  role          = each.key
  principal_fqn = "aadgroup=On-Call;contoso.com"
}
