locals {
  viewers = toset([
    "aaduser=alice@contoso.com",
    "aadgroup=Data Readers;contoso.com",
    "aadapp=dashboard;contoso.com",
  ])
}

# Grants the role only to the groups in the list.
resource "kusto_database_principal" "groups" {
  for_each = toset([for v in local.viewers : v if provider::kusto::parse_principal_fqn(v).type == "group"])

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.value
}
