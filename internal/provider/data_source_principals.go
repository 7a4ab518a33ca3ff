package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalsDataSource is kusto_<kind>_principals: everyone who can affect a
// securable.
type principalsDataSource struct {
	kind    *kusto.Kind
	session *session
}

var _ datasource.DataSourceWithConfigure = (*principalsDataSource)(nil)

func newPrincipalsDataSource(kind *kusto.Kind) func() datasource.DataSource {
	return func() datasource.DataSource { return &principalsDataSource{kind: kind} }
}

func (d *principalsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "kusto_" + d.kind.Slug + "_principals"
}

// rowAttributes are the attributes of one row, with their descriptions. All but
// inherited are strings.
var rowAttributes = []struct{ name, description string }{
	{"role", "The role that the row amounts to; empty where its words are none that the provider knows."},
	{"role_description", "The role in Kusto's own words, such as `Database Samples Admin` or `AllDatabasesAdmin`."},
	{"principal_fqn", "The principal as Kusto resolved it."},
	{"principal_type", "What the principal is: `user`, `group`, `app`, `msa`."},
	{"principal_id", "The id in `principal_fqn`: an object id, or an application id."},
	{"tenant_id", "The tenant in `principal_fqn`; null for a Microsoft account."},
	{"principal_display_name", "The name that Kusto shows for the principal."},
	{"principal_object_id", "The principal's object id in Microsoft Entra ID, where Kusto tells it."},
	{"notes", "The notes of the grant."},
}

func rowTypes() map[string]attr.Type {
	all := map[string]attr.Type{"inherited": types.BoolType}
	for _, a := range rowAttributes {
		all[a.name] = types.StringType
	}
	return all
}

func (d *principalsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	row := map[string]schema.Attribute{"inherited": schema.BoolAttribute{
		Computed: true, MarkdownDescription: "Whether the row comes from a role on something else, and so is no grant on the " + d.kind.Noun + " itself.",
	}}
	for _, a := range rowAttributes {
		row[a.name] = schema.StringAttribute{Computed: true, MarkdownDescription: a.description}
	}
	attributes := map[string]schema.Attribute{
		"cluster_uri": schema.StringAttribute{
			Optional: true, Validators: []validator.String{addressValidator{}},
			MarkdownDescription: "The cluster, where it is another than the provider's `cluster_uri`.",
		},
		kusto.Database.NameAttribute(): schema.StringAttribute{
			Required: true, Validators: []validator.String{identifierValidator{}}, MarkdownDescription: "The database. Its name has no case.",
		},
		"role": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(d.kind.RoleNames()...)},
			MarkdownDescription: "Only rows that amount to this role: " + orCodes(d.kind.RoleNames()) + ".",
		},
		"principals": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "Everyone who can affect the " + d.kind.Noun + ", in Kusto's order.",
			NestedObject: schema.NestedAttributeObject{Attributes: row},
		},
	}
	if d.kind.InsideDatabase() {
		attributes[d.kind.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{identifierValidator{}},
			MarkdownDescription: fmt.Sprintf("The %s, upper and lower case as it was created.", d.kind.Noun),
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("Lists everyone who can affect a %[1]s (`.show %[2]s … principals`), by a role on it or by one they inherit from elsewhere.", d.kind.Noun, d.kind.Keyword),
		Attributes:          attributes,
	}
}

func (d *principalsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData)
}

func (d *principalsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config types.Object
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	t := readTarget(d.kind, config.Attributes())
	written := t.clusterURI
	picture := d.session.list(ctx, &t, &resp.Diagnostics)
	if picture == nil {
		return
	}
	values := map[string]attr.Value{"principals": rowsOf(picture, t.kustoRole())}
	t.write(values)
	values["cluster_uri"] = written
	object, diags := types.ObjectValue(config.AttributeTypes(ctx), values)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, object)...)
}

// rowsOf are the rows of one role; of every role when it is empty.
func rowsOf(picture *kusto.Picture, role kusto.Role) types.List {
	rows := []attr.Value{}
	for i := range picture.Grants {
		g := &picture.Grants[i]
		if role != "" && g.EffectiveRole() != role {
			continue
		}
		rows = append(rows, types.ObjectValueMust(rowTypes(), map[string]attr.Value{
			"inherited":              types.BoolValue(g.Inherited),
			"role":                   types.StringValue(string(g.EffectiveRole())),
			"role_description":       types.StringValue(g.Words),
			"principal_fqn":          types.StringValue(canonical(g.Principal)),
			"principal_type":         types.StringValue(string(g.Type)),
			"principal_id":           types.StringValue(g.Principal.ID),
			"tenant_id":              optional(g.Principal.Tenant),
			"principal_display_name": types.StringValue(g.DisplayName),
			"principal_object_id":    optional(g.ObjectID),
			"notes":                  optional(g.Notes),
		}))
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: rowTypes()}, rows)
}
