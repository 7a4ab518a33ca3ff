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

locals {
  grants = [
    for p in data.kusto_database_principals.all.principals : {
      role = p.role
      # Kusto writes "Alice Ng (upn: alice@contoso.com)".
      name  = split(" (", p.principal_display_name)[0]
      notes = p.notes
    } if !p.inherited
  ]
}

output "grants" {
  value = toset([for g in local.grants : trimspace("${g.role}: ${g.name} ${g.notes == null ? "" : g.notes}")])
}
