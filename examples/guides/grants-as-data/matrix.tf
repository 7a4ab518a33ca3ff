locals {
  clusters = {
    test = "https://mytestcluster.westeurope.kusto.windows.net"
    prod = "https://mycluster.westeurope.kusto.windows.net"
  }
  databases = ["Samples", "Sales"]
  groups = {
    "Network Team" = "viewers"
    "Lake Owners"  = "users"
  }
}

resource "kusto_database_principal" "matrix" {
  for_each = {
    for of in setproduct(keys(local.clusters), local.databases, keys(local.groups)) :
    join(" ", of) => { cluster = of[0], database = of[1], group = of[2] }
  }

  cluster_uri   = local.clusters[each.value.cluster]
  database_name = each.value.database
  role          = local.groups[each.value.group]
  principal_fqn = "aadgroup=${each.value.group};contoso.com"
}
