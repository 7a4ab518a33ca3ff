# On a real cluster: TF_VAR_database_name and TF_VAR_viewers say where and who.
run "apply" {}

run "is_stable" {
  command = plan

  assert {
    condition     = length(output.viewers) == length(var.viewers)
    error_message = "The output is ${jsonencode(output.viewers)}."
  }
}
