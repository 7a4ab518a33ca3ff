package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

type accessTokenEphemeralResource struct{ session *session }

var _ ephemeral.EphemeralResourceWithConfigure = (*accessTokenEphemeralResource)(nil)

func newAccessTokenEphemeralResource() ephemeral.EphemeralResource {
	return &accessTokenEphemeralResource{}
}

func (e *accessTokenEphemeralResource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "kusto_access_token"
}

func (e *accessTokenEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	t := accessTokenText
	resp.Schema = schema.Schema{
		MarkdownDescription: t.header + " The token is kept neither in the state nor in a plan.",
		Attributes: map[string]schema.Attribute{
			"cluster_uri":  schema.StringAttribute{Optional: true, Validators: []validator.String{addressValidator{}}, MarkdownDescription: t.cluster},
			"resource":     schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("cluster_uri"))}, MarkdownDescription: t.resource},
			"tenant_id":    schema.StringAttribute{Optional: true, MarkdownDescription: t.tenant},
			"access_token": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: t.token},
			"expires_on":   schema.StringAttribute{Computed: true, MarkdownDescription: t.expires},
			"token_type":   schema.StringAttribute{Computed: true, MarkdownDescription: t.kind},
		},
	}
}

func (e *accessTokenEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.session = sessionFrom(req.ProviderData)
}

func (e *accessTokenEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m accessTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	e.session.fetchToken(ctx, &m, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
	}
}
