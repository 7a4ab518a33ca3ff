data "kusto_cluster_principals" "cluster" {
  role = "alldatabasesadmins"
}

output "cluster_admins" {
  value = [for p in data.kusto_cluster_principals.cluster.principals : p.principal_display_name]
}
