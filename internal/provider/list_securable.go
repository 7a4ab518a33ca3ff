package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalList is list "kusto_<type>_principal": the grants that such a resource could
// manage, for `terraform query`.
type principalList struct{ securableResource }

var _ list.ListResourceWithConfigure = (*principalList)(nil)

func (l *principalList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	attributes := map[string]schema.Attribute{
		"cluster_uri": schema.StringAttribute{
			Optional: true, CustomType: clusterURIType,
			MarkdownDescription: "Cluster URI. Defaults to the provider's `cluster_uri`.",
		},
		kusto.Database.NameAttribute(): schema.StringAttribute{
			Required: true, CustomType: databaseNameType, MarkdownDescription: databaseDescription(l.securableType),
		},
		"role": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(l.securableType.RoleNames()...)},
			MarkdownDescription: "Only grants of this role. Possible values are " + codeList(l.securableType.RoleNames()) + ".",
		},
	}
	if l.securableType.InsideDatabase() {
		attributes[l.securableType.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{entityName},
			MarkdownDescription: entityDescription(l.securableType),
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("Lists the existing grants on a %s, to import them as `%s`. Inherited roles are not listed.", l.securableType.Noun, l.typeName),
		Attributes:          attributes,
	}
}

func (l *principalList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	t, principals := l.show(ctx, req, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		sent := int64(0)
		for i := range principals.Grants {
			g := &principals.Grants[i]
			wanted := !g.Inherited && (t.role.IsNull() || g.Role == t.kustoRole())
			if !wanted {
				continue
			}
			if req.Limit > 0 && sent == req.Limit || !push(l.result(ctx, req, t, g)) {
				return
			}
			sent++
		}
	}
}

// show reads the principals of the configured securable.
func (l *principalList) show(ctx context.Context, req list.ListRequest, diags *diag.Diagnostics) (target, *kusto.PrincipalList) {
	var config types.Object
	diags.Append(req.Config.Get(ctx, &config)...)
	t := readTarget(l.securableType, config.Attributes())
	if diags.HasError() {
		return t, nil
	}
	principals := l.session.list(ctx, &t, diags)
	t.clusterURI = types.StringValue(normalizedURI(t.clusterURI.ValueString()))
	return t, principals
}

// result is the resource for one grant.
func (l *principalList) result(ctx context.Context, req list.ListRequest, t target, g *kusto.Grant) list.ListResult {
	result := req.NewListResult(ctx)
	t.role = types.StringValue(string(g.Role))
	m := principalModel{target: t, principal: types.StringValue(normalizedFQN(g.Principal)), allowLockout: types.BoolValue(false)}
	m.notes = types.StringUnknown() // filled with the existing ones
	m.fill(g)
	result.DisplayName = fmt.Sprintf("%s: %s of %s", g.DisplayName, g.Role, t.securable())
	setIdentity(ctx, result.Identity, m.identity(), &result.Diagnostics)
	if req.IncludeResource {
		m.describe(ctx, result.Resource.SetAttribute, &result.Diagnostics)
	}
	return result
}

// describe sets the model's attributes one by one.
func (m principalModel) describe(ctx context.Context, set func(context.Context, path.Path, any) diag.Diagnostics, diags *diag.Diagnostics) {
	for name, value := range m.values() {
		if name == "timeouts" {
			continue // not part of a grant
		}
		diags.Append(set(ctx, path.Root(name), value)...)
	}
}
