# On a real cluster: TF_VAR_database_name and TF_VAR_viewers say where and who.
run "grants_the_role" {
  assert {
    condition     = alltrue([for fqn in values(output.viewers) : startswith(fqn, "aadgroup=")])
    error_message = "Kusto resolved the groups to ${jsonencode(output.viewers)}."
  }
}
