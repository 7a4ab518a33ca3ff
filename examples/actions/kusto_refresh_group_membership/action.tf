data "azuread_client_config" "current" {}

resource "azuread_group_member" "bob" {
  group_object_id  = var.group_id
  member_object_id = var.user_id

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.kusto_refresh_group_membership.bob]
    }
  }
}

action "kusto_refresh_group_membership" "bob" {
  config {
    principal_fqn = "aaduser=${var.user_id};${data.azuread_client_config.current.tenant_id}"
    group_fqn     = "aadgroup=${var.group_id};${data.azuread_client_config.current.tenant_id}"
  }
}

variable "group_id" {
  type        = string
  description = "Object ID of a group that holds a role in the cluster."
}

variable "user_id" {
  type        = string
  description = "Object ID of the user who joins the group."
}
