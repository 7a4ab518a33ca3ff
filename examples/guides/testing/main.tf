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

variable "viewers" {
  type        = set(string)
  description = "Names of groups in the tenant."
}

resource "kusto_database_principal" "viewers" {
  for_each = var.viewers

  database_name = var.database_name
  role          = "viewers"
  principal_fqn = provider::kusto::principal_fqn("group", each.key, "contoso.com")
}

output "viewers" {
  value = { for name, grant in kusto_database_principal.viewers : name => grant.resolved_fqn }
}
