// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// accessTokenModel is the model of kusto_access_token, the data source and the ephemeral
// resource.
type accessTokenModel struct {
	ClusterURI  types.String `tfsdk:"cluster_uri"`
	Resource    types.String `tfsdk:"resource"`
	TenantID    types.String `tfsdk:"tenant_id"`
	AccessToken types.String `tfsdk:"access_token"`
	ExpiresOn   types.String `tfsdk:"expires_on"`
	TokenType   types.String `tfsdk:"token_type"`
}

// accessTokenHeader is the description of both.
const accessTokenHeader = "Gets a Microsoft Entra access token for Kusto with the provider's sign-in, for tools that send their own HTTPS requests to a cluster."

// accessTokenAttributes are the attributes of both, all strings.
var accessTokenAttributes = []struct {
	name, description string
	argument, secret  bool
	validators        []validator.String
}{
	{name: "cluster_uri", argument: true, validators: []validator.String{clusterURI},
		description: "Cluster URI. The cluster's metadata determines the resource of the token. If `cluster_uri` and `resource` are omitted, the token is for the provider's cluster, or else for the resource that all clusters of the cloud share."},
	{name: "resource", argument: true, validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("cluster_uri"))},
		description: "The resource (audience) of the token, such as `https://api.kusto.windows.net`. Only Kusto resources are accepted. Conflicts with `cluster_uri`."},
	{name: "tenant_id", argument: true,
		description: "The tenant to get the token from. Defaults to the provider's `tenant_id`. Any other tenant must be one of `auxiliary_tenant_ids`."},
	{name: "access_token", secret: true, description: "The token, for the header `Authorization: Bearer <token>`."},
	{name: "expires_on", description: "Expiry of the token, in UTC (RFC 3339)."},
	{name: "token_type", description: "The type of the token: `Bearer`."},
}

// fetchToken gets the token of the model.
func (s *session) fetchToken(ctx context.Context, m *accessTokenModel, diags *diag.Diagnostics) {
	if !s.requireSignIn(diags) {
		return
	}
	audience := s.audience(ctx, m, diags)
	if diags.HasError() {
		return
	}
	token, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{
		Scopes: []string{audience + "/.default"}, TenantID: m.TenantID.ValueString(),
	})
	if err != nil {
		s.addSignInError(diags, err)
		return
	}
	m.fill(token)
}

func (m *accessTokenModel) fill(token azcore.AccessToken) {
	m.AccessToken = types.StringValue(token.Token)
	m.ExpiresOn = types.StringValue(token.ExpiresOn.UTC().Format(time.RFC3339))
	m.TokenType = types.StringValue("Bearer")
}

// audience is the resource of the token.
func (s *session) audience(ctx context.Context, m *accessTokenModel, diags *diag.Diagnostics) string {
	if known(m.Resource) {
		if err := mgmt.CheckResource(m.Resource.ValueString(), s.cloud); err != nil {
			diags.AddAttributeError(path.Root("resource"), "Not a Kusto resource", sentence(err))
		}
		return m.Resource.ValueString()
	}
	uri := m.ClusterURI
	if uri.IsNull() {
		uri = s.clusterURI
	}
	if !known(uri) {
		return s.cloud.KustoAudience
	}
	client := s.client(uri, diags)
	if client == nil {
		return ""
	}
	audience, err := client.Conn().Audience(ctx)
	if err != nil {
		operation{session: s, securable: kusto.Securable{Type: kusto.Database}, action: "read the sign-in metadata of the cluster", principal: path.Empty()}.addError(diags, err)
	}
	return audience
}
