locals {
  script = <<-EOT
    // Who uses the storm reports.
    .add database Samples users ('aadapp=telemetry-agent;contoso.com')
    .add database Samples viewers (
        'aadgroup=Data Readers;contoso.com',
        'aadapp=dashboard;contoso.com'
    ) 'dashboards'
    .add table StormEvents ingestors ('aadapp=telemetry-agent;contoso.com')
  EOT

  grants = [for g in provider::kusto::parse_script(local.script) : g if g.command == "add"]
}

resource "kusto_database_principal" "from_script" {
  for_each = { for g in local.grants : "${g.role} ${g.principal_fqn}" => g if g.kind == "database" }

  database_name = each.value.database
  role          = each.value.role
  principal_fqn = each.value.principal_fqn
  notes         = each.value.notes
}

# The script does not say in which database the table is.
resource "kusto_table_principal" "from_script" {
  for_each = { for g in local.grants : "${g.name} ${g.role} ${g.principal_fqn}" => g if g.kind == "table" }

  database_name = "Samples"
  table_name    = each.value.name
  role          = each.value.role
  principal_fqn = each.value.principal_fqn
  notes         = each.value.notes

  depends_on = [kusto_database_principal.from_script]
}
