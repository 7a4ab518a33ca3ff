terraform {
  required_version = ">= 1.8"

  required_providers {
    kusto = {
      source  = "kusto-community/kusto"
      version = ">= 0.1"
    }
  }
}
