resource "fabric_eventhouse" "telemetry" {
  display_name = "Telemetry"
  workspace_id = var.workspace_id
}

resource "fabric_kql_database" "telemetry" {
  display_name = "Telemetry"
  workspace_id = var.workspace_id

  configuration = {
    database_type = "ReadWrite"
    eventhouse_id = fabric_eventhouse.telemetry.id
  }
}

resource "kusto_database_principal" "agent" {
  cluster_uri   = fabric_kql_database.telemetry.properties.query_service_uri
  database_name = fabric_kql_database.telemetry.display_name
  role          = "ingestors"
  principal_fqn = "aadapp=telemetry-agent;contoso.com"
}

variable "workspace_id" {
  type        = string
  description = "GUID of a workspace in which the identity that runs Terraform is an Admin, Member or Contributor."
}
