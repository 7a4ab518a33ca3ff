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

// principalList lists the grants that a kusto_<kind>_principal could manage, for
// `terraform query`. Inherited rows are none of them.
type principalList struct{ securableResource }

var _ list.ListResourceWithConfigure = (*principalList)(nil)

func newPrincipalList(kind *kusto.Kind) func() list.ListResource {
	return func() list.ListResource { return &principalList{newPrincipal(kind).securableResource} }
}

func (l *principalList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	attributes := map[string]schema.Attribute{
		"cluster_uri": schema.StringAttribute{
			Optional: true, Validators: []validator.String{addressValidator{}},
			MarkdownDescription: "The cluster, where it is another than the provider's `cluster_uri`.",
		},
		kusto.Database.NameAttribute(): schema.StringAttribute{
			Required: true, Validators: []validator.String{identifierValidator{}}, MarkdownDescription: "The database. Its name has no case.",
		},
		"role": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(l.kind.RoleNames()...)},
			MarkdownDescription: "Only grants of this role: " + orCodes(l.kind.RoleNames()) + ".",
		},
	}
	if l.kind.InsideDatabase() {
		attributes[l.kind.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{identifierValidator{}},
			MarkdownDescription: fmt.Sprintf("The %s, upper and lower case as it was created.", l.kind.Noun),
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("Finds the grants on a %s that exist, to adopt them as `%s`. Rows that it inherits from elsewhere are not among them.", l.kind.Noun, principalTypeName(l.kind)),
		Attributes:          attributes,
	}
}

func (l *principalList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	t, picture := l.show(ctx, req, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		sent := int64(0)
		for i := range picture.Grants {
			g := &picture.Grants[i]
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

// show reads the list that the configuration asks for.
func (l *principalList) show(ctx context.Context, req list.ListRequest, diags *diag.Diagnostics) (target, *kusto.Picture) {
	var config types.Object
	diags.Append(req.Config.Get(ctx, &config)...)
	t := readTarget(l.kind, config.Attributes())
	if diags.HasError() {
		return t, nil
	}
	picture := l.session.list(ctx, &t, diags)
	t.clusterURI = types.StringValue(canonicalURI(t.clusterURI.ValueString()))
	return t, picture
}

// result is one grant as the resource that would manage it.
func (l *principalList) result(ctx context.Context, req list.ListRequest, t target, g *kusto.Grant) list.ListResult {
	result := req.NewListResult(ctx)
	t.role = types.StringValue(string(g.Role))
	m := principalModel{target: t, principal: types.StringValue(canonical(g.Principal)), allowLockout: types.BoolValue(false)}
	m.notes = types.StringUnknown() // takes over whatever there is
	m.fill(g)
	result.DisplayName = fmt.Sprintf("%s: %s of %s", g.DisplayName, g.Role, t.securable())
	result.Diagnostics.Append(setAll(ctx, result.Identity, m.identity())...)
	if req.IncludeResource {
		m.describe(ctx, result.Resource.SetAttribute, &result.Diagnostics)
	}
	return result
}

// describe writes the model's attributes one by one.
func (m principalModel) describe(ctx context.Context, set func(context.Context, path.Path, any) diag.Diagnostics, diags *diag.Diagnostics) {
	for name, value := range m.values() {
		if name == "timeouts" {
			continue // a configuration's alone
		}
		diags.Append(set(ctx, path.Root(name), value)...)
	}
}
