locals {
  # principal = when the access ends
  temporary_viewers = {
    "aaduser=erin@fabrikam.com" = "2099-01-31T18:00:00Z"
    "aaduser=bob@contoso.com"   = "2026-01-31T18:00:00Z"
  }
}

resource "kusto_database_principal" "temporary" {
  for_each = {
    for principal, end in local.temporary_viewers : principal => end
    if timecmp(plantimestamp(), end) < 0
  }

  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.key
  notes         = "until ${each.value}"
}
