variable "cluster_uri" {
  type        = string
  default     = null
  description = "Cluster URI. Defaults to that of the provider."
}

variable "database_name" {
  type        = string
  description = "Name of the database."
}

variable "access" {
  type        = map(set(string))
  default     = {}
  description = "The principals of each role, such as { viewers = [\"aadgroup=Data Readers;contoso.com\"] }."
}

variable "access_files" {
  type        = set(string)
  default     = []
  description = "YAML files with more of the same: a role and its list of principals on each line."
}

variable "exclusive" {
  type        = bool
  default     = false
  description = "Whether to remove all other principals from these roles."
}
