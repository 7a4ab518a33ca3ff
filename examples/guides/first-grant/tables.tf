data "kusto_entities" "tables" {
  database_name = "Samples"
  kinds         = ["table"]
}

resource "kusto_table_principal" "oncall" {
  for_each = toset(data.kusto_entities.tables.names)

  database_name = "Samples"
  table_name    = each.key
  role          = "admins"
  principal_fqn = "aadgroup=On-Call;contoso.com"

  depends_on = [kusto_database_principal.oncall]
}

resource "kusto_database_principal" "oncall" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadgroup=On-Call;contoso.com"
}
