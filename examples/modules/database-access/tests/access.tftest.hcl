variables {
  database_name = "Samples"
  access = {
    viewers   = ["aadgroup=Data Readers;contoso.com"]
    ingestors = ["aadapp=telemetry-agent;contoso.com"]
  }
  access_files = ["tests/access.yaml"]
}

run "grants" {}

run "leaves_others_alone" {
  module {
    source = "./tests/held"
  }

  assert {
    condition = output.grants == toset([
      "ingestors: telemetry-agent", "users: Alice Ng", "viewers: Bob Marsh", "viewers: Data Readers", "viewers: On-Call",
    ])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "becomes_exclusive" {
  variables {
    exclusive = true
  }
}

run "removes_others" {
  module {
    source = "./tests/held"
  }

  assert {
    condition = output.grants == toset([
      "ingestors: telemetry-agent", "users: Alice Ng", "viewers: Data Readers", "viewers: On-Call",
    ])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "an_empty_list_removes_everyone" {
  variables {
    exclusive    = true
    access       = { viewers = [] }
    access_files = []
  }
}

run "nobody_is_left" {
  module {
    source = "./tests/held"
  }

  assert {
    condition     = length(output.grants) == 0
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}
