// SPDX-License-Identifier: MPL-2.0

package auth

// variables lists the environment variables of a setting by their common suffix,
// followed by the variables of single tools.
func variables(suffix string, others ...string) []string {
	return append([]string{"KUSTO_" + suffix, "ARM_" + suffix, "AZURE_" + suffix}, others...)
}

var settings = []Setting{
	{Attribute: "tenant_id", Environment: variables("TENANT_ID"),
		field:       func(c *Config) any { return &c.TenantID },
		Description: "ID or domain name of the Microsoft Entra tenant to sign in to."},
	{Attribute: "auxiliary_tenant_ids", Environment: variables("AUXILIARY_TENANT_IDS"), Type: List,
		field:       func(c *Config) any { return &c.AuxiliaryTenantIDs },
		Description: "Additional tenants for which tokens can be requested, besides `tenant_id`."},
	{Attribute: "client_id", Environment: variables("CLIENT_ID"),
		field:       func(c *Config) any { return &c.ClientID },
		Description: "Application (client) ID to sign in as. With `use_msi`, the client ID of a user-assigned managed identity."},
	{Attribute: "client_id_file_path", Environment: variables("CLIENT_ID_FILE_PATH"),
		field:       func(c *Config) any { return &c.ClientIDFilePath },
		Description: "Path of a file that contains the application (client) ID. Conflicts with `client_id` unless both have the same value."},
	{Attribute: "client_secret", Environment: variables("CLIENT_SECRET"), Secret: true,
		field:       func(c *Config) any { return &c.ClientSecret },
		Description: "Client secret of the application. Requires `client_id` and `tenant_id`."},
	{Attribute: "client_secret_file_path", Environment: variables("CLIENT_SECRET_FILE_PATH"),
		field:       func(c *Config) any { return &c.ClientSecretFilePath },
		Description: "Path of a file that contains the client secret. Conflicts with `client_secret` unless both have the same value."},
	{Attribute: "client_certificate", Environment: variables("CLIENT_CERTIFICATE"), Secret: true,
		field:       func(c *Config) any { return &c.ClientCertificate },
		Description: "Certificate of the application with its private key, PKCS#12 or PEM, encoded in base64. Requires `client_id` and `tenant_id`. Conflicts with `client_certificate_path`."},
	{Attribute: "client_certificate_path", Environment: variables("CLIENT_CERTIFICATE_PATH"),
		field:       func(c *Config) any { return &c.ClientCertificatePath },
		Description: "Path of the application's certificate with its private key, PKCS#12 (`.pfx`, `.p12`) or PEM, also encoded in base64. Requires `client_id` and `tenant_id`. Conflicts with `client_certificate`."},
	{Attribute: "client_certificate_password", Environment: variables("CLIENT_CERTIFICATE_PASSWORD"), Secret: true,
		field:       func(c *Config) any { return &c.ClientCertificatePassword },
		Description: "Password of the client certificate's private key, if it has one."},

	// OpenID Connect
	{Attribute: "use_oidc", Environment: variables("USE_OIDC"), Type: Bool,
		field:       func(c *Config) any { return &c.UseOIDC },
		Description: "Sign in as an application with a token from another identity provider (workload identity federation), such as GitHub Actions, Azure Pipelines or GitLab."},
	{Attribute: "oidc_token", Environment: variables("OIDC_TOKEN"), Secret: true,
		field:       func(c *Config) any { return &c.OIDCToken },
		Description: "Token from the identity provider."},
	{Attribute: "oidc_token_file_path", Environment: variables("OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"),
		field:       func(c *Config) any { return &c.OIDCTokenFilePath },
		Description: "Path of a file that contains the identity provider's token. The file is read again for each sign-in."},
	{Attribute: "oidc_request_url", Environment: variables("OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"),
		field:       func(c *Config) any { return &c.OIDCRequestURL },
		Description: "URL that issues the token of a GitHub Actions job. GitHub Actions sets it in jobs with the permission `id-token: write`."},
	{Attribute: "oidc_request_token", Environment: variables("OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"), Secret: true,
		field:       func(c *Config) any { return &c.OIDCRequestToken },
		Description: "Token that authorizes the request for the job's token. GitHub Actions and Azure Pipelines set it."},
	{Attribute: "ado_pipeline_service_connection_id", Environment: []string{
		"KUSTO_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
		"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
	},
		field:       func(c *Config) any { return &c.ADOPipelineServiceConnectionID },
		Description: "ID of the Azure Pipelines service connection to sign in with."},

	// the other methods
	{Attribute: "use_aks_workload_identity", Environment: []string{"KUSTO_USE_AKS_WORKLOAD_IDENTITY", "ARM_USE_AKS_WORKLOAD_IDENTITY"}, Type: Bool,
		field:       func(c *Config) any { return &c.UseAKSWorkloadIdentity },
		Description: "Sign in with the workload identity of the pod that runs Terraform. The webhook of Azure Kubernetes Service sets the other arguments."},
	{Attribute: "use_msi", Environment: variables("USE_MSI"), Type: Bool,
		field:       func(c *Config) any { return &c.UseMSI },
		Description: "Sign in with the managed identity of the machine that runs Terraform. `client_id` selects a user-assigned identity."},
	{Attribute: "use_azd", Environment: variables("USE_AZD"), Type: Bool,
		field:       func(c *Config) any { return &c.UseAZD },
		Description: "Sign in with the account of the Azure Developer CLI (`azd auth login`)."},
	{Attribute: "use_cli", Environment: variables("USE_CLI"), Type: Bool,
		field:       func(c *Config) any { return &c.UseCLI },
		Description: "Sign in with the account of the Azure CLI (`az login`), which is also the method when no other is configured. `false` disables it. Defaults to `true`."},
	{Attribute: "subscription_id", Environment: variables("SUBSCRIPTION_ID"),
		field:       func(c *Config) any { return &c.SubscriptionID },
		Description: "ID or name of the subscription whose account the Azure CLI uses, if it has several accounts."},
	// No ARM_ or AZURE_ variable: a token is valid for one service, and other tools
	// keep tokens for Azure Resource Manager under such names.
	{Attribute: "access_token", Environment: []string{"KUSTO_ACCESS_TOKEN"}, Secret: true,
		field:       func(c *Config) any { return &c.AccessToken },
		Description: "Access token for Kusto, obtained outside the provider. It is used until it expires and cannot be renewed."},

	// the cloud
	{Attribute: "environment", Environment: variables("ENVIRONMENT"),
		field:       func(c *Config) any { return &c.Environment },
		Description: "Cloud to sign in to: `public`, `usgovernment` or `china`. Names of Azure's tools, such as `AzureUSGovernment`, are accepted too. Case-insensitive. Defaults to `public`."},
	{Attribute: "authority_host", Environment: variables("AUTHORITY_HOST"),
		field:       func(c *Config) any { return &c.AuthorityHost },
		Description: "Host to sign in at, such as `https://login.example.com`, if it is not the one of `environment`."},
	// No ARM_ or AZURE_ variable: no other tool has such a list.
	{Attribute: "trusted_hosts", Environment: []string{"KUSTO_TRUSTED_HOSTS"}, Type: List,
		field: func(c *Config) any { return &c.TrustedHosts },
		Description: "Hosts of clusters under domains of your own that may receive access tokens, besides the hosts on Microsoft's list: " +
			"`kusto.contoso.com` is that host, `.contoso.com` is every host below `contoso.com`. " +
			"A host in this list receives tokens that are valid for every Kusto cluster of the cloud that the identity has a role on: list only hosts that you control."},
}
