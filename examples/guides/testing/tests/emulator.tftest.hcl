variables {
  database_name = "Samples"
  viewers       = ["Data Readers", "On-Call"]
}

run "apply" {}

# The seed gives Alice the role. She keeps it.
run "grants_the_role" {
  module {
    source = "./tests/held"
  }

  assert {
    condition     = output.viewers == toset(["Alice Ng", "Data Readers", "On-Call"])
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
    condition     = output.viewers == toset(["Alice Ng", "Data Readers"])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}
