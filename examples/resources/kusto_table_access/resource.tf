# A role on an object in a database also requires a role on the database.
resource "kusto_database_principal" "table_admins" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadgroup=Lake Owners;contoso.com"
}

resource "kusto_database_principal" "table_ingestors" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}

# All access to the table: nobody else has a role on it.
resource "kusto_table_access" "table" {
  database_name = "Samples"
  table_name    = "StormEvents"

  grants = {
    admins    = ["aadgroup=Lake Owners;contoso.com"]
    ingestors = ["aadapp=telemetry-agent;contoso.com"]
  }

  depends_on = [kusto_database_principal.table_admins, kusto_database_principal.table_ingestors]
}
