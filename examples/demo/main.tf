# The configuration of `make demo`: four grants on two databases.
terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

# Environment variables set the cluster and the sign-in: KUSTO_CLUSTER_URI,
# ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.
provider "kusto" {}

resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=dashboard;contoso.com"
  notes         = "the dashboard's service principal"
}

resource "kusto_database_principal" "alice" {
  database_name = "Samples"
  role          = "admins"
  principal_fqn = "aaduser=alice@contoso.com"
  notes         = "owns the data"
}

resource "kusto_database_principal" "readers" {
  database_name = "My DB"
  role          = "users"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}

resource "kusto_database_principal" "erin" {
  database_name = "My DB"
  role          = "ingestors"
  principal_fqn = "aaduser=erin@fabrikam.com"
  notes         = "Erin at Fabrikam, until the end of the migration"
}
