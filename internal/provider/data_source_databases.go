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
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// databasesDataSource is data "kusto_databases".
type databasesDataSource struct{ clusterDataSource }

func newDatabasesDataSource() datasource.DataSource {
	return &databasesDataSource{clusterDataSource{typeName: "kusto_databases"}}
}

var databaseTypes = stringTypes("name", "pretty_name", "id", "access_mode")

func (d *databasesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the databases of a cluster that the identity can see (`.show databases`). " +
			"Kusto may leave out the databases of an identity that has roles on single databases alone. If it lists none, that is a warning.",
		Attributes: map[string]schema.Attribute{
			"cluster_uri": clusterAttribute(),
			"databases": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The databases, sorted by name.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":        computedString("Name of the database. In Fabric it is a GUID."),
					"pretty_name": computedString("Another name of the database, if it has one. In Fabric it is the name of the item. Kusto accepts both names."),
					"id":          computedString("Unique GUID of the database, if Kusto returns it."),
					"access_mode": computedString("`ReadWrite`, `ReadOnly`, `ReadWriteEphemeral`, or `ReadOnlyFollowing` for a database that follows a database of another cluster. The principals of a read-only database cannot be changed."),
				}},
			},
		},
	}
}

func (d *databasesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	config, client := d.open(ctx, req, resp)
	if client == nil {
		return
	}
	databases, err := client.Databases(ctx)
	if err != nil {
		listing(d.session, kusto.Securable{Type: kusto.Database}, "databases").addError(&resp.Diagnostics, err)
		return
	}
	if len(databases) == 0 {
		warnOfNoDatabases(client, &resp.Diagnostics)
	}
	rows := make([]attr.Value, len(databases))
	for i, db := range databases {
		rows[i] = types.ObjectValueMust(databaseTypes, map[string]attr.Value{
			"name": types.StringValue(db.Name), "pretty_name": optional(db.PrettyName), "id": optional(db.ID), "access_mode": optional(db.AccessMode),
		})
	}
	answer(ctx, config, resp, map[string]attr.Value{"databases": types.ListValueMust(types.ObjectType{AttrTypes: databaseTypes}, rows)})
}

// warnOfNoDatabases says that an empty list of databases does not mean that there are none.
func warnOfNoDatabases(client *kusto.Client, diags *diag.Diagnostics) {
	diags.AddWarning("Not listed: databases", fmt.Sprintf(
		"The cluster %s lists no database for the identity that runs Terraform. Kusto may leave out the databases of an identity that has roles on single databases alone, "+
			"so there may be some. Name the database, or give the identity a role on the cluster, such as AllDatabasesMonitor.", client.Conn().URI()))
}

// listing is the operation that lists databases, or the entities of one.
func listing(s *session, of kusto.Securable, what string) operation {
	o := operation{session: s, securable: of, action: "list the " + what, principal: path.Empty()}
	if of.Database != "" {
		o.action += " of " + of.String()
		o.allowed = "Listing them requires the role Database User, Database Viewer or Database Monitor, or Database Admin for graph models."
	}
	return o
}
