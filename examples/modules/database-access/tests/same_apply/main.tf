# Makes an identity, as far as an emulator can, and grants it a role in the same apply.
terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

variable "exclusive" {
  type = bool
}

resource "terraform_data" "agent" {
  input = "telemetry-agent"
}

module "access" {
  source = "../.."

  databases = ["Sales"]
  access = {
    ingestors = { agent = "aadapp=${terraform_data.agent.output};contoso.com" }
    users     = { agent = { id = "aadapp=${terraform_data.agent.output};contoso.com", notes = "reads its own tables" } }
  }
  exclusive = var.exclusive
}
