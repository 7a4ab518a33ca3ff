// Package provider is the Terraform provider kusto: schemas, models, plan and
// apply, one file for each thing a person writes in HCL. What is the same for
// every kind of securable is written once and made from kusto.Kinds.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// Address is where the provider stands in a registry. Terraform's own and
// OpenTofu's differ in the host alone.
const Address = "registry.terraform.io/kusto-community/kusto"

// clusterURIVariable stands in for cluster_uri in the provider block.
const clusterURIVariable = "KUSTO_CLUSTER_URI"

type kustoProvider struct {
	version string
	pauses  kusto.Pauses
}

var (
	_ provider.Provider                       = (*kustoProvider)(nil)
	_ provider.ProviderWithFunctions          = (*kustoProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*kustoProvider)(nil)
	_ provider.ProviderWithListResources      = (*kustoProvider)(nil)
)

// Option changes how a provider made by New behaves. The released binary uses
// none.
type Option func(*kustoProvider)

// WithPauses sets how long is waited between tries of a command.
func WithPauses(p kusto.Pauses) Option {
	return func(k *kustoProvider) { k.pauses = p }
}

// New gives the constructor of the provider at a version ("dev" for none).
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider {
		p := &kustoProvider{version: version}
		for _, o := range options {
			o(p)
		}
		return p
	}
}

func (p *kustoProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "kusto"
	resp.Version = p.version
}

func (p *kustoProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"cluster_uri": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The cluster to work with where a resource names none: " +
				"`https://<cluster>.<region>.kusto.windows.net`, `https://<id>.z<n>.kusto.fabric.microsoft.com` (Fabric Eventhouse) or " +
				"`https://<pool>.<workspace>.kusto.azuresynapse.net` (Synapse). " +
				"Can also be set with `" + clusterURIVariable + "`.",
		},
	}
	for _, s := range auth.Settings() {
		attributes[s.Attribute] = settingAttribute(s)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages who may do what in Kusto: Azure Data Explorer clusters, Microsoft Fabric Eventhouses and Synapse Data Explorer pools. " +
			"The provider signs in to Microsoft Entra ID and runs `.add`, `.drop`, `.set` and `.show … principals` over HTTPS.",
		Attributes: attributes,
	}
}

func settingAttribute(s auth.Setting) schema.Attribute {
	switch s.Kind {
	case auth.Bool:
		return schema.BoolAttribute{Optional: true, MarkdownDescription: s.MarkdownDescription()}
	case auth.List:
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: s.MarkdownDescription()}
	default:
		return schema.StringAttribute{Optional: true, Sensitive: s.Secret, MarkdownDescription: s.MarkdownDescription()}
	}
}

func (p *kustoProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config types.Object
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s := p.open(ctx, config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = s, s, s
	resp.ListResourceData = s
}

func (p *kustoProvider) Resources(context.Context) []func() resource.Resource {
	var resources []func() resource.Resource
	for _, kind := range kusto.Kinds {
		resources = append(resources, newPrincipalResource(kind), newRoleResource(kind))
	}
	return resources
}

func (p *kustoProvider) DataSources(context.Context) []func() datasource.DataSource {
	sources := []func() datasource.DataSource{newAccessTokenDataSource, newClientConfigDataSource}
	for _, kind := range kusto.Kinds {
		sources = append(sources, newPrincipalsDataSource(kind))
	}
	return sources
}

func (p *kustoProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newAccessTokenEphemeralResource}
}

func (p *kustoProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newPrincipalFQNFunction, newParsePrincipalFQNFunction}
}

func (p *kustoProvider) ListResources(context.Context) []func() list.ListResource {
	var lists []func() list.ListResource
	for _, kind := range kusto.Kinds {
		lists = append(lists, newPrincipalList(kind))
	}
	return lists
}
