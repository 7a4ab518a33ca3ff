variables {
  database_name = "Samples"
  viewers       = ["Data Readers", "On-Call"]
}

run "apply" {}

run "grants_the_role" {
  module {
    source = "./tests/held"
  }

  assert {
    condition     = output.grants == toset(["viewers: Data Readers (upn: data-readers@contoso.com)", "viewers: On-Call"])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "apply_without_one" {
  variables {
    viewers = ["Data Readers"]
  }
}

run "revokes_the_role" {
  module {
    source = "./tests/held"
  }

  assert {
    condition     = output.grants == toset(["viewers: Data Readers (upn: data-readers@contoso.com)"])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}
