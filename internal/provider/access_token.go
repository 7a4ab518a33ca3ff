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

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// accessTokenModel is a kusto_access_token, data source and ephemeral resource
// alike.
type accessTokenModel struct {
	ClusterURI  types.String `tfsdk:"cluster_uri"`
	Resource    types.String `tfsdk:"resource"`
	TenantID    types.String `tfsdk:"tenant_id"`
	AccessToken types.String `tfsdk:"access_token"`
	ExpiresOn   types.String `tfsdk:"expires_on"`
	TokenType   types.String `tfsdk:"token_type"`
}

// accessTokenHeader introduces the data source and the ephemeral resource.
const accessTokenHeader = "Gets a Microsoft Entra access token for Kusto, by the provider's own sign-in, for tools that speak HTTPS to a cluster themselves."

// accessTokenAttributes are the attributes of both, all strings. What is not
// written by the person is read-only.
var accessTokenAttributes = []struct {
	name, description string
	written, secret   bool
	validators        []validator.String
}{
	{name: "cluster_uri", written: true, validators: []validator.String{addressValidator{}},
		description: "The cluster to get a token for: its own metadata says which resource that is. Without `cluster_uri` and `resource`, the token is for the provider's cluster, or for the resource that all clusters of the cloud share."},
	{name: "resource", written: true, validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("cluster_uri"))},
		description: "The resource (audience) to get a token for, such as `https://api.kusto.windows.net`. Only resources of Kusto are accepted. Contradicts `cluster_uri`."},
	{name: "tenant_id", written: true,
		description: "The tenant to get the token from, where it is another than the provider's: one of `auxiliary_tenant_ids`."},
	{name: "access_token", secret: true, description: "The token, for the header `Authorization: Bearer <token>`."},
	{name: "expires_on", description: "When the token expires, in UTC by RFC 3339."},
	{name: "token_type", description: "The type of the token: `Bearer`."},
}

// fetchToken gets the token that the model asks for.
func (s *session) fetchToken(ctx context.Context, m *accessTokenModel, diags *diag.Diagnostics) {
	if !s.ready(diags) {
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
		summary, detail := auth.Explain(err, s.credential)
		diags.AddError(summary, detail)
		return
	}
	m.fill(token)
}

func (m *accessTokenModel) fill(token azcore.AccessToken) {
	m.AccessToken = types.StringValue(token.Token)
	m.ExpiresOn = types.StringValue(token.ExpiresOn.UTC().Format(time.RFC3339))
	m.TokenType = types.StringValue("Bearer")
}

// audience is the resource that a token is asked for.
func (s *session) audience(ctx context.Context, m *accessTokenModel, diags *diag.Diagnostics) string {
	if isSet(m.Resource) {
		if err := kusto.CheckResource(m.Resource.ValueString(), s.cloud); err != nil {
			diags.AddAttributeError(path.Root("resource"), "Not a resource of Kusto", sentence(err))
		}
		return m.Resource.ValueString()
	}
	uri := m.ClusterURI
	if uri.IsNull() {
		uri = s.clusterURI
	}
	if !isSet(uri) {
		return s.cloud.Audience
	}
	cluster := s.cluster(uri, diags)
	if cluster == nil {
		return ""
	}
	audience, err := cluster.Audience(ctx)
	if err != nil {
		s.failure("read the sign-in metadata of the cluster").add(diags, err)
	}
	return audience
}

// failure is one that is about no securable.
func (s *session) failure(doing string) failure {
	return failure{session: s, securable: kusto.Securable{Kind: kusto.Database}, doing: doing, principal: path.Empty()}
}
