# A managed identity, identified by its client ID and tenant.
resource "kusto_database_principal" "ingestor" {
  database_name = "Samples"
  role          = "ingestors"
  principal_fqn = provider::kusto::principal_fqn("app", "00000000-0000-4000-8000-0000000000a2", "contoso.com")
}

# A user with a UPN needs no tenant. Kusto uses the domain of the UPN.
output "alice" {
  value = provider::kusto::principal_fqn("user", "alice@contoso.com", "")
}
