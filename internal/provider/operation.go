package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// within bounds an operation by its timeout.
func within(
	ctx context.Context,
	timeout func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	standard time.Duration, diags *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	limit, more := timeout(ctx, standard)
	diags.Append(more...)
	if more.HasError() {
		limit = standard
	}
	return context.WithTimeout(ctx, limit)
}

// importValues reads an import id, or an identity, into attribute values.
func importValues(ctx context.Context, kind *kusto.Kind, req resource.ImportStateRequest, diags *diag.Diagnostics, more ...string) map[string]string {
	if req.ID != "" || req.Identity == nil {
		values, err := importTarget(kind, req.ID, more...)
		if err != nil {
			diags.AddError("Invalid import id", sentence(err))
			return nil
		}
		checkImported(kind, values, diags)
		return values
	}
	values := make(map[string]string)
	for _, name := range append(targetAttributes(kind), more...) {
		var value types.String
		diags.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
		values[name] = value.ValueString()
	}
	checkImported(kind, values, diags)
	return values
}

// checkImported holds an import to what the schema asks of a configuration.
func checkImported(kind *kusto.Kind, values map[string]string, diags *diag.Diagnostics) {
	if !kind.Has(kusto.Role(values["role"])) {
		diags.AddError("Invalid import id",
			"There is no role "+values["role"]+" on a "+kind.Noun+"; its roles are "+joined(kind.RoleNames())+".")
	}
	name, isMember := values[principalAttribute]
	if _, err := kusto.ParseFQN(name); isMember && err != nil {
		diags.AddError("Invalid import id", fmt.Sprintf("%q is not a principal: %s.", name, err))
	}
}
