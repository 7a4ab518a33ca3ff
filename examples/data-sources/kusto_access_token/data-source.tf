data "kusto_access_token" "cluster" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
}

# For a program that sends its own commands over HTTPS.
output "authorization_header" {
  value     = "${data.kusto_access_token.cluster.token_type} ${data.kusto_access_token.cluster.access_token}"
  sensitive = true
}
