// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// attributes are the schema attributes that all resources have.
func (r *securableResource) attributes(ctx context.Context) map[string]schema.Attribute {
	t := r.securableType
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed: true, PlanModifiers: keepState(), MarkdownDescription: "The import ID of the resource.",
		},
		"cluster_uri": schema.StringAttribute{
			Optional: true, Computed: true, CustomType: clusterURIType, PlanModifiers: []planmodifier.String{keepSpelling{clusterURIType}},
			MarkdownDescription: "Cluster URI. Defaults to the provider's `cluster_uri`. May refer to a cluster that is created in the same apply. Changing this forces a new resource to be created.",
		},
		"role": roleAttribute(t),
		"allow_lockout": schema.BoolAttribute{
			Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{lockoutDefault{}},
			MarkdownDescription: "Allow changes that remove the last admin of the " + t.Noun + ", or the admin access of the identity that runs Terraform. Only relevant for the role `" + t.RoleNames()[0] + "`. To destroy the resource, apply `allow_lockout = true` first. Defaults to `false`.",
		},
		"timeouts": timeoutAttributes(ctx),
	}
	if t != kusto.Cluster {
		attributes[kusto.Database.NameAttribute()] = schema.StringAttribute{
			Required: true, CustomType: databaseNameType, PlanModifiers: replaceUnlessSame(databaseNameType),
			MarkdownDescription: databaseDescription(t) + " Changing this forces a new resource to be created.",
		}
	}
	if t.InsideDatabase() {
		attributes[t.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{entityName},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: entityDescription(t) + " Changing this forces a new resource to be created.",
		}
	}
	return attributes
}

// lockoutDefault is the default of allow_lockout: false for admins. Plans of other roles do not
// show it, and leave the false of an older state alone.
type lockoutDefault struct{}

func (lockoutDefault) Description(context.Context) string { return "Defaults to false." }

func (d lockoutDefault) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

func (lockoutDefault) PlanModifyBool(ctx context.Context, req planmodifier.BoolRequest, resp *planmodifier.BoolResponse) {
	if !req.ConfigValue.IsNull() {
		return
	}
	if !req.State.Raw.IsNull() && !req.StateValue.ValueBool() {
		resp.PlanValue = req.StateValue
		return
	}
	var object types.Object
	resp.Diagnostics.Append(req.Plan.Get(ctx, &object)...)
	role, hasOne := object.Attributes()["role"]
	if resp.PlanValue = types.BoolNull(); !req.State.Raw.IsNull() || !hasOne || kusto.Role(stringOf(role).ValueString()).IsAdmin() {
		resp.PlanValue = types.BoolValue(false)
	}
}

// roleAttribute is the attribute `role`. A resource that owns the role has a modifier that
// forces a new resource.
func roleAttribute(t *kusto.SecurableType, modifiers ...planmodifier.String) schema.StringAttribute {
	description := "Role. Possible values are " + codeList(t.RoleNames()) + ": see [Roles](../guides/roles.md). "
	if len(modifiers) > 0 {
		description += "Changing this forces a new resource to be created."
	} else {
		description += "Changing this grants the new role, and then revokes the old one."
	}
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{roleName(t)},
		PlanModifiers: modifiers, MarkdownDescription: description,
	}
}

func databaseDescription(t *kusto.SecurableType) string {
	if t.InsideDatabase() {
		return "Name of the database that contains the " + t.Noun + ". Case-insensitive."
	}
	return "Name of the database. Case-insensitive."
}

func entityDescription(t *kusto.SecurableType) string {
	return "Name of the " + t.Noun + ". Case-sensitive."
}

func codeList(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
