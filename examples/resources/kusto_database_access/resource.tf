# All access to the database: nobody else has a role on it.
resource "kusto_database_access" "database" {
  database_name = "Samples"

  grants = {
    admins    = ["aadapp=ci-deployer;contoso.com", "aadgroup=On-Call;contoso.com"]
    viewers   = ["aadgroup=Data Readers;contoso.com", "aadapp=dashboard;contoso.com"]
    ingestors = ["aadapp=telemetry-agent;contoso.com"]
  }

  notes = {
    "aadapp=dashboard;contoso.com" = "the sales dashboard"
  }
}
