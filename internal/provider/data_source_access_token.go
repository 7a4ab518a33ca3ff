// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

type accessTokenDataSource struct{ session *session }

var _ datasource.DataSourceWithConfigure = (*accessTokenDataSource)(nil)

func newAccessTokenDataSource() datasource.DataSource { return &accessTokenDataSource{} }

func (d *accessTokenDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "kusto_access_token"
}

func (d *accessTokenDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := make(map[string]schema.Attribute, len(accessTokenAttributes))
	for _, a := range accessTokenAttributes {
		attributes[a.name] = schema.StringAttribute{
			Optional: a.argument, Computed: !a.argument, Sensitive: a.secret, Validators: a.validators, MarkdownDescription: a.description,
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: accessTokenHeader + "\n\n~> The token is stored in the state, marked as sensitive. With Terraform 1.10 or OpenTofu 1.11 and later, use the ephemeral resource of the same name, which is not stored.",
		Attributes:          attributes,
	}
}

func (d *accessTokenDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData)
}

func (d *accessTokenDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m accessTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	d.session.fetchToken(ctx, &m, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}
