// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalsDataSource is data "kusto_<type>_principals": the principals that can affect
// a securable.
type principalsDataSource struct {
	clusterDataSource
	securableType *kusto.SecurableType
}

func newPrincipalsDataSource(t *kusto.SecurableType) datasource.DataSource {
	return &principalsDataSource{clusterDataSource{typeName: "kusto_" + t.Slug + "_principals"}, t}
}

// rowAttributes are the attributes of one row, with their descriptions. All but
// inherited are strings.
var rowAttributes = []struct{ name, description string }{
	{"role", "Role. Empty if the provider does not know the role in `role_description`."},
	{"role_description", "The role in Kusto's words, such as `Database Samples Admin` or `AllDatabasesAdmin`."},
	{"principal_fqn", "The principal as resolved by Kusto."},
	{"principal_type", "Type of the principal. Possible values are " + codeList(kusto.PrincipalTypes()) + "."},
	{"principal_id", "The ID in `principal_fqn`: an object ID or an application ID."},
	{"tenant_id", "The tenant ID in `principal_fqn`. Null for a Microsoft account."},
	{"principal_display_name", "Display name of the principal."},
	{"principal_object_id", "Object ID of the principal in Microsoft Entra ID, if Kusto returns it."},
	{"notes", "Notes of the grant."},
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
		Computed: true, MarkdownDescription: "Whether the role is inherited, and so not a grant on the " + d.securableType.Noun + " itself.",
	}}
	for _, a := range rowAttributes {
		row[a.name] = schema.StringAttribute{Computed: true, MarkdownDescription: a.description}
	}
	attributes := map[string]schema.Attribute{
		"cluster_uri": clusterAttribute(),
		"role": schema.StringAttribute{
			Optional: true, Validators: []validator.String{roleName(d.securableType)},
			MarkdownDescription: "Only principals with this role. Possible values are " + codeList(d.securableType.RoleNames()) + ".",
		},
		principalAttribute: schema.StringAttribute{
			Optional: true, CustomType: principalFQNType,
			MarkdownDescription: "Only the roles of this principal. Roles of its groups are not included: see `kusto_principal_roles`. " + filterForms,
		},
		"principals": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The principals that have a role on the " + d.securableType.Noun + ", in Kusto's order.",
			NestedObject: schema.NestedAttributeObject{Attributes: row},
		},
	}
	if d.securableType != kusto.Cluster {
		attributes[kusto.Database.NameAttribute()] = schema.StringAttribute{
			Required: true, CustomType: databaseNameType, MarkdownDescription: databaseDescription(d.securableType),
		}
	}
	if d.securableType.InsideDatabase() {
		attributes[d.securableType.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{entityName},
			MarkdownDescription: entityDescription(d.securableType),
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: d.description(),
		Attributes:          attributes,
	}
}

func (d *principalsDataSource) description() string {
	if d.securableType == kusto.Cluster {
		return "Lists the principals that have a role on a cluster, and so on all of its databases (`.show cluster principals`)."
	}
	return fmt.Sprintf("Lists the principals that have a role on %[1]s, directly or by inheritance (`.show %[2]s … principals`).", d.securableType.One(), d.securableType.Keyword)
}

func (d *principalsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config, client := d.open(ctx, req, resp)
	if client == nil {
		return
	}
	t := readTarget(d.securableType, config.Attributes())
	list := d.list(ctx, client, t.securable(), &resp.Diagnostics)
	if list == nil {
		return
	}
	grants, conclusive := selectGrants(ctx, client, list, fqnOf(config.Attributes()[principalAttribute]), &resp.Diagnostics)
	if conclusive {
		answer(ctx, config, resp, map[string]attr.Value{"principals": rowObjects(grants, t.kustoRole())})
	}
}

// list returns the current principals of a securable; nil after an error.
func (d *principalsDataSource) list(ctx context.Context, client *kusto.Client, s kusto.Securable, diags *diag.Diagnostics) *kusto.PrincipalList {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	list, err := client.CurrentPrincipals(ctx, s)
	if err != nil {
		operation{session: d.session, securable: s, action: "list the principals of " + s.String(), principal: path.Empty()}.addError(diags, err)
		return nil
	}
	return list
}

// selectGrants returns the rows of one principal; of everyone for the zero FQN. It is an error if
// no row identifies it.
func selectGrants(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, principal kusto.FQN, diags *diag.Diagnostics) (grants []*kusto.Grant, conclusive bool) {
	if principal == (kusto.FQN{}) {
		for i := range list.Grants {
			grants = append(grants, &list.Grants[i])
		}
		return grants, true
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	grants, ambiguous := client.RowsOf(ctx, list, principal)
	if ambiguous {
		diags.AddAttributeError(path.Root(principalAttribute), "Ambiguous principal", fmt.Sprintf(
			"Cannot tell whether %q has a role on %s. %s", principal, list.Securable, writeByID))
	}
	return grants, !ambiguous
}

// writeByID is how to name a principal so that every list identifies it.
const writeByID = "Write the principal with its object ID, or an application with its application ID, and a tenant ID."

// rowObjects are the rows of one role; of every role when it is empty.
func rowObjects(grants []*kusto.Grant, role kusto.Role) types.List {
	rows := []attr.Value{}
	for _, g := range grants {
		if role != "" && g.EffectiveRole() != role {
			continue
		}
		rows = append(rows, types.ObjectValueMust(rowTypes(), map[string]attr.Value{
			"inherited":              types.BoolValue(g.Inherited),
			"role":                   types.StringValue(string(g.EffectiveRole())),
			"role_description":       types.StringValue(g.RoleText),
			"principal_fqn":          types.StringValue(normalizedFQN(g.Principal)),
			"principal_type":         types.StringValue(string(g.Principal.Type)),
			"principal_id":           types.StringValue(g.Principal.ID),
			"tenant_id":              optional(g.Principal.Tenant),
			"principal_display_name": types.StringValue(g.DisplayName),
			"principal_object_id":    optional(g.ObjectID),
			"notes":                  optional(g.Notes),
		}))
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: rowTypes()}, rows)
}
