mock_provider "kusto" {
  # What Kusto would answer. Without it, Terraform makes up a string.
  mock_resource "kusto_database_principal" {
    defaults = {
      resolved_fqn = "aadgroup=00000000-0000-4000-8000-000000000021;c0c0c0c0-0000-4000-8000-00000000c0c0"
    }
  }
}

variables {
  database_name = "Samples"
  viewers       = ["Data Readers"]
}

run "one_grant_for_each_group" {
  assert {
    condition     = kusto_database_principal.viewers["Data Readers"].principal_fqn == "aadgroup=Data Readers;contoso.com"
    error_message = "The principal is ${kusto_database_principal.viewers["Data Readers"].principal_fqn}."
  }

  assert {
    condition     = output.viewers["Data Readers"] == "aadgroup=00000000-0000-4000-8000-000000000021;c0c0c0c0-0000-4000-8000-00000000c0c0"
    error_message = "The output is ${jsonencode(output.viewers)}."
  }
}
