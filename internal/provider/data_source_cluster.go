// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// clusterDataSource is the common part of the data sources that ask a cluster.
type clusterDataSource struct {
	typeName string
	session  *session
}

var _ datasource.DataSourceWithConfigure = (*principalsDataSource)(nil)

func (d *clusterDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.typeName
}

func (d *clusterDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData)
}

// open reads the configuration and returns the client of its cluster; nil after an error.
func (d *clusterDataSource) open(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) (types.Object, *kusto.Client) {
	config := readObject(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return config, nil
	}
	return config, d.session.clientOf(stringOf(config.Attributes()["cluster_uri"]), &resp.Diagnostics)
}

// answer writes the configuration, with what was read, to the state.
func answer(ctx context.Context, config types.Object, resp *datasource.ReadResponse, read map[string]attr.Value) {
	values := maps.Clone(config.Attributes())
	maps.Copy(values, read)
	object, diags := types.ObjectValue(config.AttributeTypes(ctx), values)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, object)...)
}

// clusterDescription describes cluster_uri wherever it may change at any time.
const clusterDescription = "Cluster URI. Defaults to the provider's `cluster_uri`."

func clusterAttribute() schema.Attribute {
	return schema.StringAttribute{
		Optional: true, CustomType: clusterURIType,
		MarkdownDescription: clusterDescription,
	}
}

func computedString(description string) schema.Attribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// stringTypes are the types of an object whose attributes are strings.
func stringTypes(names ...string) map[string]attr.Type {
	all := make(map[string]attr.Type, len(names))
	for _, name := range names {
		all[name] = types.StringType
	}
	return all
}
