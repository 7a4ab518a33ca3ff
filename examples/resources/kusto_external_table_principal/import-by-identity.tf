import {
  to = kusto_external_table_principal.lake_owners
  identity = {
    cluster_uri         = "https://mycluster.westeurope.kusto.windows.net"
    database_name       = "Samples"
    external_table_name = "ArchivedEvents"
    role                = "admins"
    principal_fqn       = "aadgroup=Lake Owners;contoso.com"
  }
}
