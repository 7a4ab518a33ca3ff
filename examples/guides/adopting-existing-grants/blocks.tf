data "kusto_database_principals" "samples" {
  database_name = "Samples"
}

locals {
  cluster = "https://mycluster.westeurope.kusto.windows.net"
  grants  = [for p in data.kusto_database_principals.samples.principals : p if !p.inherited]
}

# terraform output -raw import_blocks > imports.tf
output "import_blocks" {
  value = join("\n", [for i, p in local.grants : <<-EOT
    import {
      to = kusto_database_principal.grant_${i}
      id = "${local.cluster}|Samples|${p.role}|${p.principal_fqn}"
    }
  EOT
  ])
}
