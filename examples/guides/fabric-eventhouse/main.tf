# The cluster URI is the Query URI in the details of the Eventhouse.
provider "kusto" {
  cluster_uri = "https://trd-0123456789abcdef.z4.kusto.fabric.microsoft.com"
}

resource "kusto_database_principal" "ingestor" {
  database_name = "Telemetry" # display name or GUID of the database
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}
