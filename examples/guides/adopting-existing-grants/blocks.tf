data "kusto_database_principals" "samples" {
  database_name = "Samples"
}

locals {
  cluster = "https://mycluster.westeurope.kusto.windows.net"
  grants = [
    for p in data.kusto_database_principals.samples.principals : merge(p, {
      # A name such as viewers_alice_ng.
      label = replace(lower("${p.role}_${split(" (", p.principal_display_name)[0]}"), "/[^a-z0-9]+/", "_")
      # The UPN of a user, where Kusto shows it.
      name = p.principal_type != "user" ? p.principal_fqn : try("aaduser=${regex("\\(upn: ([^)]+)\\)$", p.principal_display_name)[0]}", p.principal_fqn)
    }) if !p.inherited
  ]
  labels = local.grants[*].label
}

# terraform output -raw import_blocks > imports.tf
output "import_blocks" {
  value = join("\n", [for i, g in local.grants : <<-EOT
    import {
      to = kusto_database_principal.${g.label}${index(local.labels, g.label) == i ? "" : "_${i}"}
      id = "${local.cluster}|Samples|${g.role}|${g.name}"
    }
  EOT
  ])
}
