variable "cluster_uri" {
  type        = string
  default     = null
  description = "Cluster URI. Defaults to that of the provider."
}

variable "databases" {
  type        = set(string)
  description = "Names of the databases. All of them get the same grants."
}

variable "access" {
  type        = any
  default     = {}
  description = <<-EOT
    The principals of each role: { viewers = ["aadgroup=Data Readers;contoso.com"] }.
    A principal is a name, or an object with id, and optionally name and notes.
    Instead of a list, a map has keys that you choose: { viewers = { app = "aadapp=…" } }.
    Use it for principals that the same apply creates.
  EOT

  validation {
    condition     = alltrue([for role, principals in var.access : can([for p in principals : p])])
    error_message = "Each role in access has a list or a map of principals."
  }
}

variable "access_files" {
  type        = set(string)
  default     = []
  description = "YAML or JSON files with more of the same: a list of principals for each role."
}

variable "exclusive" {
  type        = bool
  default     = false
  description = "Whether nobody else has a role on the databases. All other principals are removed from all roles."
}

variable "ignore_principals" {
  type        = set(string)
  default     = null
  description = "Principals that exclusive leaves alone."
}

variable "allow_lockout" {
  type        = bool
  default     = null
  description = "Allow changes that remove the last admin of a database, or the admin access of the identity that runs Terraform."
}
