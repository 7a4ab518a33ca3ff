resource "kusto_database_principal" "people" {
  for_each = { for p in csvdecode(file("${path.module}/people.csv")) : "${p.role} ${p.id}" => p }

  database_name = "Samples"
  role          = each.value.role
  principal_fqn = each.value.id
  notes         = each.value.reason
}
