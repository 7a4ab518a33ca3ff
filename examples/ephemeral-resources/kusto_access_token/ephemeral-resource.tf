ephemeral "kusto_access_token" "cluster" {}

# Sends a management command for which there is no resource.
resource "terraform_data" "who" {
  provisioner "local-exec" {
    command = <<-EOT
      curl --fail --silent --show-error "$CLUSTER/v1/rest/mgmt" \
        --header "Authorization: Bearer $TOKEN" \
        --header "Content-Type: application/json; charset=utf-8" \
        --data '{"db": "Samples", "csl": ".show database Samples principals"}'
    EOT
    environment = {
      CLUSTER = "https://mycluster.westeurope.kusto.windows.net"
      TOKEN   = ephemeral.kusto_access_token.cluster.access_token
    }
  }
}
