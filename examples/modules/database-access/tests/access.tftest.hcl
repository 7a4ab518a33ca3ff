variables {
  databases = ["Samples"]
  access = {
    viewers   = ["aadgroup=Data Readers;contoso.com"]
    ingestors = { agent = { id = "aadapp=telemetry-agent;contoso.com", notes = "writes storm reports" } }
  }
  access_files = ["tests/access.yaml", "tests/access.json"]
}

run "grants" {}

run "leaves_others_alone" {
  module {
    source = "./tests/held"
  }

  variables {
    database_name = "Samples"
  }

  assert {
    condition = output.grants == toset([
      "ingestors: telemetry-agent writes storm reports", "monitors: On-Call rota of operations", "users: Alice Ng Alice Ng",
      "viewers: Bob Marsh", "viewers: Data Readers", "viewers: On-Call",
    ])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "becomes_exclusive" {
  variables {
    exclusive     = true
    allow_lockout = true
    databases     = ["Samples", "Sales"]
  }
}

run "removes_others" {
  module {
    source = "./tests/held"
  }

  variables {
    database_name = "Samples"
  }

  assert {
    condition = output.grants == toset([
      "ingestors: telemetry-agent writes storm reports", "monitors: On-Call rota of operations", "users: Alice Ng Alice Ng",
      "viewers: Data Readers", "viewers: On-Call rota of operations",
    ])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "on_each_database" {
  module {
    source = "./tests/held"
  }

  variables {
    database_name = "Sales"
  }

  assert {
    condition     = length(output.grants) == 5
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "an_empty_list_removes_everyone" {
  variables {
    exclusive    = true
    databases    = ["Samples", "Sales"]
    access       = { viewers = [] }
    access_files = []
  }
}

run "nobody_is_left" {
  module {
    source = "./tests/held"
  }

  variables {
    database_name = "Samples"
  }

  assert {
    condition     = length(output.grants) == 0
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "an_identity_of_the_same_apply" {
  module {
    source = "./tests/same_apply"
  }

  variables {
    exclusive = false
  }
}

run "has_its_roles" {
  module {
    source = "./tests/held"
  }

  variables {
    database_name = "Sales"
  }

  assert {
    condition     = output.grants == toset(["ingestors: telemetry-agent", "users: telemetry-agent reads its own tables"])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "also_if_nobody_else_has_any" {
  module {
    source = "./tests/same_apply"
  }

  variables {
    exclusive = true
  }
}

run "has_its_roles_and_nobody_else_has_any" {
  module {
    source = "./tests/held"
  }

  variables {
    database_name = "Sales"
  }

  assert {
    condition = output.grants == toset([
      "ingestors: telemetry-agent reads its own tables", "users: telemetry-agent reads its own tables",
    ])
    error_message = "Kusto holds ${jsonencode(output.grants)}."
  }
}

run "a_list_of_names_is_no_map_of_roles" {
  command = plan

  variables {
    access       = { viewers = "aadgroup=Data Readers;contoso.com" }
    access_files = []
  }

  expect_failures = [var.access]
}
