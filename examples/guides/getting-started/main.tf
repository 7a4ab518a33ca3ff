terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

# The cluster is that of cluster_uri, or of KUSTO_CLUSTER_URI.
provider "kusto" {}

resource "kusto_database_principal" "bob" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aaduser=bob@contoso.com"
  notes         = "reads the dashboards"
}
