// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalRolesDataSource is data "kusto_principal_roles": the roles of the caller, or of
// another principal, on a securable.
type principalRolesDataSource struct{ clusterDataSource }

func newPrincipalRolesDataSource() datasource.DataSource {
	return &principalRolesDataSource{clusterDataSource{typeName: "kusto_principal_roles"}}
}

func (d *principalRolesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"cluster_uri": clusterAttribute(),
		kusto.Database.NameAttribute(): schema.StringAttribute{
			Optional: true, CustomType: databaseNameType, MarkdownDescription: "Name of the database. Case-insensitive. Omit it for the roles on the cluster.",
		},
		principalAttribute: schema.StringAttribute{
			Optional: true, CustomType: principalFQNType,
			MarkdownDescription: "Fully qualified name of the principal. Defaults to the identity that runs Terraform. Every identity is allowed to list its own roles. Listing the roles of others requires the role " + kusto.Database.ManagedBy + ", or AllDatabasesAdmin for those on the cluster.",
		},
		"roles": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The roles, such as `admins` or `viewers`, each once. A role that the principal has as a member of a group, or that is inherited, is included: " +
				"an `AllDatabasesAdmin` is one of the `admins` of each database. Roles on the cluster are " + codeList(kusto.Cluster.RoleNames()) + ". A role that the provider does not know is returned as Kusto names it.",
		},
	}
	for _, t := range kusto.SecurableTypes {
		if t.InsideDatabase() {
			attributes[t.NameAttribute()] = schema.StringAttribute{
				Optional: true, Validators: []validator.String{entityName, stringvalidator.ConflictsWith(otherNames(t)...), stringvalidator.AlsoRequires(path.MatchRoot(kusto.Database.NameAttribute()))},
				MarkdownDescription: fmt.Sprintf("Name of the %s, for the roles on it instead of those on the database. Case-sensitive. At most one entity can be named.", t.Noun),
			}
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the roles that the identity that runs Terraform, or another principal, has on a cluster, on a database or on an entity in it (`.show … principal roles`), for example for a `check` block.",
		Attributes:          attributes,
	}
}

// otherNames are the attributes that name an entity of another type.
func otherNames(t *kusto.SecurableType) []path.Expression {
	var others []path.Expression
	for _, other := range kusto.SecurableTypes {
		if other.InsideDatabase() && other != t {
			others = append(others, path.MatchRoot(other.NameAttribute()))
		}
	}
	return others
}

func (d *principalRolesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	config, client := d.open(ctx, req, resp)
	if client == nil {
		return
	}
	securable := namedSecurable(config.Attributes())
	o := operation{session: d.session, securable: securable, action: "list the identity's own roles on " + securable.String(), principal: path.Root(principalAttribute)}
	principal := fqnOf(config.Attributes()[principalAttribute])
	if principal != (kusto.FQN{}) {
		o.action = fmt.Sprintf("list the roles of %s on %s", principal, securable)
	}
	roles, err := client.RolesOf(ctx, securable, principal)
	if err != nil {
		o.addError(&resp.Diagnostics, err)
		return
	}
	names := make([]attr.Value, len(roles))
	for i, r := range roles {
		names[i] = types.StringValue(string(r))
	}
	answer(ctx, config, resp, map[string]attr.Value{"roles": types.ListValueMust(types.StringType, names)})
}

// namedSecurable is the entity that an object names, or else its database, or else the cluster.
func namedSecurable(values map[string]attr.Value) kusto.Securable {
	s := kusto.Securable{Type: kusto.Cluster}
	if database := stringOf(values[kusto.Database.NameAttribute()]); !database.IsNull() {
		s = kusto.Securable{Type: kusto.Database, Database: database.ValueString()}
	}
	for _, t := range kusto.SecurableTypes {
		if name := stringOf(values[t.NameAttribute()]); t.InsideDatabase() && !name.IsNull() {
			s.Type, s.Name = t, name.ValueString()
		}
	}
	return s
}
