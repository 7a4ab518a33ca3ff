data "kusto_access_token" "cluster" {
  cluster_uri = "https://mycluster.westeurope.kusto.windows.net"
}

output "token_is_good_until" {
  value = data.kusto_access_token.cluster.expires_on
}
