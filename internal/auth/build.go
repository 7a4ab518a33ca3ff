package auth

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// builder makes the credential of the chosen method.
type builder struct {
	config        Config
	authority     authority
	client        *http.Client
	retry         policy.RetryOptions
	applicationID string
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
	chain, key, err := loadCertificate(&c)
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

func (b *builder) aks() (azcore.TokenCredential, error) {
	c := b.config
	if err := checkReadable(&c, "oidc_token_file_path", c.OIDCTokenFilePath); err != nil {
		return nil, err
	}
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions:              b.clientOptions(),
		AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
		DisableInstanceDiscovery:   b.authority.custom,
		ClientID:                   c.ClientID,
		TenantID:                   c.TenantID,
		TokenFilePath:              c.OIDCTokenFilePath,
	})
}

// azurePipelines needs the job's own SYSTEM_OIDCREQUESTURI: azidentity reads it
// from the environment and from nowhere else.
func (b *builder) azurePipelines() (azcore.TokenCredential, error) {
	c := b.config
	const variable = "SYSTEM_OIDCREQUESTURI"
	u, err := url.Parse(os.Getenv(variable))
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, &ConfigError{
			Attributes: []string{"ado_pipeline_service_connection_id"},
			Summary:    "Not in an Azure Pipelines job",
			Detail: "Signing in with " + c.source("ado_pipeline_service_connection_id") + " needs the variable " + variable +
				", an https URL that Azure Pipelines sets in each job. It is not set here; outside Azure Pipelines, use another method.",
		}
	}
	return azidentity.NewAzurePipelinesCredential(c.TenantID, c.ClientID, c.ADOPipelineServiceConnectionID, c.OIDCRequestToken,
		&azidentity.AzurePipelinesCredentialOptions{
			ClientOptions:              b.clientOptions(strings.ToLower(u.Host)),
			AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
			DisableInstanceDiscovery:   b.authority.custom,
		})
}

func (b *builder) managedIdentity() (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud:     b.authority.configuration(),
			Transport: managedIdentityClient(b.client),
			Retry:     managedIdentityRetry,
			Telemetry: policy.TelemetryOptions{ApplicationID: b.applicationID},
		},
	}
	if b.config.ClientID != "" {
		options.ID = azidentity.ClientID(b.config.ClientID)
	}
	inner, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, err
	}
	return uncached{inner}, nil
}

// uncached asks the endpoint for each token. The library keeps managed identities'
// tokens for the whole process, where a Refresh cannot reach; claims make it look
// past them, and go no further.
type uncached struct {
	*azidentity.ManagedIdentityCredential
}

// GetToken implements azcore.TokenCredential.
func (u uncached) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.Claims = firstOf(o.Claims, "{}")
	return u.ManagedIdentityCredential.GetToken(ctx, o)
}

func (b *builder) azureDeveloperCLI() (azcore.TokenCredential, error) {
	return azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{
		AdditionallyAllowedTenants: b.config.AuxiliaryTenantIDs,
		TenantID:                   b.config.TenantID,
	})
}
