# An application, identified by its client ID.
resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=00000000-0000-4000-8000-0000000000a2;contoso.com"
  notes         = "the sales dashboard"
}

# A group, identified by its display name.
resource "kusto_database_principal" "analysts" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}

# A user of another tenant. Kusto does not show the user's name, so the notes contain it.
resource "kusto_database_principal" "partner" {
  database_name = "Samples"
  role          = "ingestors"
  principal_fqn = "aaduser=erin@fabrikam.com"
  notes         = "Erin Cole at Fabrikam, until the migration ends"
}
