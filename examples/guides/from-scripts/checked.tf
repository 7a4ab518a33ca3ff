check "every_grant_has_a_resource" {
  assert {
    condition = alltrue([
      for g in local.grants :
      g.command == "add" && contains(["database", "table", "function"], g.kind) || g.command == "set" && g.kind == "database"
    ])
    error_message = "grants.kql has a command that no resource covers."
  }
}
