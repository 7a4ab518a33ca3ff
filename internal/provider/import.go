// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

func (r *securableResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	descriptions := map[string]string{
		"cluster_uri": "Cluster URI.", "database_name": databaseDescription(r.securableType), "role": "Role.", principalAttribute: "Fully qualified name of the principal.",
	}
	attributes := make(map[string]identityschema.Attribute)
	for _, name := range r.identityNames {
		description, ok := descriptions[name]
		if !ok {
			description = entityDescription(r.securableType)
		}
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: description}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ImportState imports by id or by identity.
func (r *securableResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var values []namedValue
	if req.ID != "" || req.Identity == nil {
		var err error
		if values, err = r.parseImportID(req.ID); err != nil {
			resp.Diagnostics.AddError("Invalid import ID", sentence(err))
		}
	} else {
		for _, name := range r.identityNames {
			var value types.String
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
			values = append(values, namedValue{name, value.ValueString()})
		}
	}
	for _, v := range values {
		if err := r.checkImported(v); err != nil {
			resp.Diagnostics.AddError("Invalid import ID", sentence(err))
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for _, v := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(v.name), v.value)...)
	}
	setIdentity(ctx, resp.Identity, values, &resp.Diagnostics)
}

// setIdentity sets a resource identity, if the CLI supports them.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, values []namedValue, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.Set(ctx, identityObject(values))...)
	}
}

func (r *securableResource) parseImportID(id string) ([]namedValue, error) {
	parts := strings.SplitN(id, "|", len(r.identityNames))
	form := "<" + strings.Join(r.identityNames, ">|<") + ">"
	if len(parts) != len(r.identityNames) {
		return nil, fmt.Errorf("the import ID %q has %d parts, not %d; the format is %s", id, len(parts), len(r.identityNames), form)
	}
	values := make([]namedValue, len(parts))
	for i, name := range r.identityNames {
		if strings.TrimSpace(parts[i]) == "" {
			return nil, fmt.Errorf("the import ID %q has no %s; the format is %s", id, name, form)
		}
		values[i] = namedValue{name, parts[i]}
	}
	return values, nil
}

// checkImported applies the schema's validation to a part of an import id.
func (r *securableResource) checkImported(v namedValue) error {
	switch v.name {
	case "role":
		if !r.securableType.Has(kusto.Role(v.value)) {
			return fmt.Errorf("%q is not a role of %s; its roles are %s", v.value, r.securableType.One(), strings.Join(r.securableType.RoleNames(), ", "))
		}
	case principalAttribute:
		return checkPrincipal(v.value)
	}
	return nil
}
