# An application, by its client id.
resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aadapp=00000000-0000-4000-8000-0000000000a2;contoso.com"
  notes         = "the sales dashboard"
}

# A group, by its name.
resource "kusto_database_principal" "analysts" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadgroup=Data Readers;contoso.com"
}

# Somebody of another tenant. Kusto does not show such a principal's name; the notes do.
resource "kusto_database_principal" "partner" {
  database_name = "Samples"
  role          = "ingestors"
  principal_fqn = "aaduser=erin@fabrikam.com"
  notes         = "Erin Cole at Fabrikam, until the migration ends"
}
