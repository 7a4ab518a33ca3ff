# Reads what Kusto holds, for the assertions of the tests.
terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

variable "database_name" {
  type = string
}

data "kusto_database_principals" "all" {
  database_name = var.database_name
}

output "grants" {
  value = toset([
    for p in data.kusto_database_principals.all.principals : "${p.role}: ${p.principal_display_name}" if !p.inherited
  ])
}
