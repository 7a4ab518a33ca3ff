// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// builder makes the credential of the chosen method.
type builder struct {
	config        *Config
	authority     authority
	client        *http.Client
	retry         policy.RetryOptions
	applicationID string
}

// clientOptions are those of every credential that sends requests to the authority.
// Requests with a body may also go to extraHosts.
func (b *builder) clientOptions(extraHosts ...string) azcore.ClientOptions {
	const maxApplicationID = 24 // azcore rejects a longer one
	id := strings.ReplaceAll(b.applicationID, " ", "-")
	return azcore.ClientOptions{
		Cloud:            b.authority.configuration(),
		Transport:        b.client,
		Retry:            b.retry,
		Telemetry:        policy.TelemetryOptions{ApplicationID: id[:min(len(id), maxApplicationID)]},
		PerRetryPolicies: []policy.Policy{policyFunc(noteOutcome), authorityOnly(append(slices.Clone(b.authority.hosts), extraHosts...))},
	}
}

func (b *builder) secret() (azcore.TokenCredential, error) {
	c := b.config
	return azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.ClientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions:              b.clientOptions(),
		AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
		DisableInstanceDiscovery:   b.authority.custom,
	})
}

func (b *builder) certificate() (azcore.TokenCredential, error) {
	c := b.config
	chain, key, err := loadCertificate(c)
	if err != nil {
		return nil, err
	}
	return azidentity.NewClientCertificateCredential(c.TenantID, c.ClientID, chain, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions:              b.clientOptions(),
		AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
		DisableInstanceDiscovery:   b.authority.custom,
		// Applications registered by subject name and issuer need the chain; others ignore it.
		SendCertificateChain: true,
	})
}

// azurePipelines reads SYSTEM_OIDCREQUESTURI, as azidentity does: the URL cannot be
// passed in another way.
func (b *builder) azurePipelines() (azcore.TokenCredential, error) {
	c := b.config
	const variable = "SYSTEM_OIDCREQUESTURI"
	u, err := url.Parse(os.Getenv(variable))
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, configError("Not in an Azure Pipelines job", "ado_pipeline_service_connection_id",
			"Sign-in with %s requires the variable %s, an https URL that Azure Pipelines sets in each job. It is not set here. "+
				"Outside Azure Pipelines, use another method.", c.source("ado_pipeline_service_connection_id"), variable)
	}
	return azidentity.NewAzurePipelinesCredential(c.TenantID, c.ClientID, c.ADOPipelineServiceConnectionID, c.OIDCRequestToken,
		&azidentity.AzurePipelinesCredentialOptions{
			ClientOptions:              b.clientOptions(strings.ToLower(u.Host)),
			AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
			DisableInstanceDiscovery:   b.authority.custom,
		})
}

func (b *builder) managedIdentity() (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: b.clientOptions()}
	options.Retry = managedIdentityRetry
	// The endpoint is a local address without TLS.
	options.PerRetryPolicies = []policy.Policy{policyFunc(noteOutcome)}
	if b.config.ClientID != "" {
		options.ID = azidentity.ClientID(b.config.ClientID)
	}
	inner, err := azidentity.NewManagedIdentityCredential(options)
	return uncached{inner}, err
}

// uncached requests every token from the endpoint. The library caches the tokens of
// managed identities for the whole process, out of reach of Refresh, but skips that
// cache for requests with claims. The endpoint does not receive the claims.
type uncached struct{ inner azcore.TokenCredential }

// GetToken implements azcore.TokenCredential.
func (u uncached) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.Claims = cmp.Or(o.Claims, "{}")
	return u.inner.GetToken(ctx, o)
}

func (b *builder) azureDeveloperCLI() (azcore.TokenCredential, error) {
	return azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{
		AdditionallyAllowedTenants: b.config.AuxiliaryTenantIDs,
		TenantID:                   b.config.TenantID,
	})
}
