// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// clientConfigDataSource is data "kusto_client_config": the identity of the provider.
type clientConfigDataSource struct{ session *session }

var _ datasource.DataSourceWithConfigure = (*clientConfigDataSource)(nil)

func newClientConfigDataSource() datasource.DataSource { return &clientConfigDataSource{} }

type clientConfigModel struct {
	TenantID     types.String `tfsdk:"tenant_id"`
	ClientID     types.String `tfsdk:"client_id"`
	ObjectID     types.String `tfsdk:"object_id"`
	PrincipalFQN types.String `tfsdk:"principal_fqn"`
}

func (d *clientConfigDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "kusto_client_config"
}

func (d *clientConfigDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Returns the identity the provider is authenticated as, from the claims of its access token.",
		Attributes: map[string]schema.Attribute{
			"tenant_id":     computed("Tenant ID."),
			"client_id":     computed("Application (client) ID. For a user, the application that the user signed in with."),
			"object_id":     computed("Object ID of the user or service principal."),
			"principal_fqn": computed("Fully qualified name of the principal: `aaduser=<object id>;<tenant id>` or `aadapp=<client id>;<tenant id>`."),
		},
	}
}

func (d *clientConfigDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData)
}

func (d *clientConfigDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	caller, ok := d.session.whoAmI(ctx, &resp.Diagnostics)
	if !ok {
		return
	}
	m := clientConfigModel{
		TenantID: optional(caller.TenantID), ClientID: optional(caller.ClientID), ObjectID: optional(caller.ObjectID),
		PrincipalFQN: types.StringValue(callerFQN(caller).String()),
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// whoAmI returns the claims of an access token.
func (s *session) whoAmI(ctx context.Context, diags *diag.Diagnostics) (auth.Caller, bool) {
	if !s.requireSignIn(diags) {
		return auth.Caller{}, false
	}
	token, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.cloud.KustoAudience + "/.default"}})
	if err != nil {
		s.addSignInError(diags, err)
		return auth.Caller{}, false
	}
	caller, err := auth.CallerOf(token.Token)
	if err != nil {
		diags.AddError("Cannot read the identity in the access token", sentence(err))
		return auth.Caller{}, false
	}
	return caller, true
}

func callerFQN(caller auth.Caller) kusto.FQN {
	if caller.IsApp {
		return kusto.FQN{Type: kusto.App, ID: caller.ClientID, Tenant: caller.TenantID}
	}
	return kusto.FQN{Type: kusto.User, ID: caller.ObjectID, Tenant: caller.TenantID}
}
