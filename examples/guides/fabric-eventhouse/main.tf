# The address is the Query URI on the Eventhouse's page.
provider "kusto" {
  cluster_uri = "https://trd-0123456789abcdef.z4.kusto.fabric.microsoft.com"
}

resource "kusto_database_principal" "ingestor" {
  database_name = "Telemetry" # the name people see, or the database's GUID
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}
