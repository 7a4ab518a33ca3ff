# A managed identity, by its client id and tenant as other providers give them.
resource "kusto_database_principal" "ingestor" {
  database_name = "Samples"
  role          = "ingestors"
  principal_fqn = provider::kusto::principal_fqn("app", "00000000-0000-4000-8000-0000000000a2", "contoso.com")
}

# A user by UPN needs no tenant: the domain decides.
output "alice" {
  value = provider::kusto::principal_fqn("user", "alice@contoso.com", "")
}
