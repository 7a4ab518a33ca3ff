import {
  to = kusto_database_principal.bob
  id = "https://mycluster.westeurope.kusto.windows.net|Samples|viewers|aaduser=bob@contoso.com"
}

resource "kusto_database_principal" "bob" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aaduser=bob@contoso.com"
}
