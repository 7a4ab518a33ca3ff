// SPDX-License-Identifier: MPL-2.0

// Package provider is the Terraform provider: schemas, models, plan and apply. Each
// resource, data source, list, ephemeral resource and function has a file of its own.
// They derive from kusto.SecurableTypes.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
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
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Address is the provider's source address in the registry.
const Address = "registry.terraform.io/kusto-community/kusto"

// clusterURIVariable is the environment variable for cluster_uri.
const clusterURIVariable = "KUSTO_CLUSTER_URI"

type kustoProvider struct {
	version string
	retry   mgmt.RetryOptions
	waits   kusto.Waits
}

var (
	_ provider.Provider                       = (*kustoProvider)(nil)
	_ provider.ProviderWithFunctions          = (*kustoProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*kustoProvider)(nil)
	_ provider.ProviderWithListResources      = (*kustoProvider)(nil)
	_ provider.ProviderWithActions            = (*kustoProvider)(nil)
)

// Option configures a provider for tests. The released binary uses none.
type Option func(*kustoProvider)

// WithRetry sets the waits between tries of a command, and those for what a write needs.
func WithRetry(retry mgmt.RetryOptions, waits kusto.Waits) Option {
	return func(p *kustoProvider) { p.retry, p.waits = retry, waits }
}

// New returns the constructor of the provider. The version is the release's, or "dev".
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
			Optional:   true,
			CustomType: clusterURIType,
			MarkdownDescription: "Default cluster URI for resources and data sources that do not set one: " +
				"`https://<cluster>.<region>.kusto.windows.net`, `https://<id>.z<n>.kusto.fabric.microsoft.com` (Fabric Eventhouse) or " +
				"`https://<pool>.<workspace>.kusto.azuresynapse.net` (Synapse). " +
				"Can also be set with `" + clusterURIVariable + "`.",
		},
	}
	for _, s := range auth.Settings() {
		attributes[s.Attribute] = settingAttribute(s)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages access to Kusto: Azure Data Explorer clusters, Microsoft Fabric Eventhouses and Synapse Data Explorer pools. " +
			"The provider signs in to Microsoft Entra ID and runs `.add`, `.drop`, `.set` and `.show … principals` over HTTPS.",
		Attributes: attributes,
	}
}

func settingAttribute(s auth.Setting) schema.Attribute {
	switch s.Type {
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
	s := p.newSession(ctx, config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = s, s, s
	resp.ListResourceData, resp.ActionData = s, s
	if req.ClientCapabilities.DeferralAllowed && (!s.canSignIn() || s.clusterURI.IsUnknown()) {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
	}
}

func (p *kustoProvider) Resources(context.Context) []func() resource.Resource {
	var resources []func() resource.Resource
	for _, t := range kusto.SecurableTypes {
		resources = append(resources, func() resource.Resource { return newPrincipalResource(t) })
		if !t.MembersOnly {
			resources = append(resources, func() resource.Resource { return newRoleResource(t) })
		}
		if hasAccess(t) {
			resources = append(resources, func() resource.Resource { return newAccessResource(t) })
		}
	}
	return resources
}

func (p *kustoProvider) DataSources(context.Context) []func() datasource.DataSource {
	sources := []func() datasource.DataSource{
		newAccessTokenDataSource, newClientConfigDataSource, newDatabasesDataSource, newEntitiesDataSource, newPrincipalRolesDataSource,
	}
	for _, t := range kusto.SecurableTypes {
		sources = append(sources, func() datasource.DataSource { return newPrincipalsDataSource(t) })
	}
	return sources
}

func (p *kustoProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newAccessTokenEphemeralResource}
}

func (p *kustoProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newPrincipalFQNFunction, newParsePrincipalFQNFunction, newParseScriptFunction}
}

func (p *kustoProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newRefreshAction}
}

func (p *kustoProvider) ListResources(context.Context) []func() list.ListResource {
	var lists []func() list.ListResource
	for _, t := range kusto.SecurableTypes {
		lists = append(lists, func() list.ListResource { return newPrincipalList(t) })
		if !t.MembersOnly {
			lists = append(lists, func() list.ListResource { return newRoleList(t) })
		}
		if hasAccess(t) {
			lists = append(lists, func() list.ListResource { return newAccessList(t) })
		}
	}
	return lists
}
