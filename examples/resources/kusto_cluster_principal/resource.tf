# A group that looks at the load of the cluster, and at no data.
resource "kusto_cluster_principal" "on_call" {
  role          = "alldatabasesmonitors"
  principal_fqn = "aadgroup=On-Call;contoso.com"
  notes         = "looks at slow queries"
}

# An application that reads all databases, and those that are created later.
resource "kusto_cluster_principal" "dashboard" {
  role          = "alldatabasesviewers"
  principal_fqn = "aadapp=dashboard;contoso.com"
}
