package auth

import "fmt"

// diagnoses are the known reasons, the more particular ones first.
var diagnoses = []diagnosis{
	{
		codes:   []string{"AADSTS7000215"},
		summary: "The client secret is wrong",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Check %s: it must be a secret's value, not its id, and belong to the application %s.",
				c.config.source("client_secret"), c.config.ClientID)
		},
	},
	{
		codes:   []string{"AADSTS7000222"},
		summary: "The client secret has expired",
		advice: func(c *Credential) string {
			return "Make a new one, for example with: az ad app credential reset --id " + c.config.ClientID
		},
	},
	{
		codes:   []string{"AADSTS700016", "AADSTS7000229", "AADSTS7000112"},
		summary: "The application is not known in the tenant, or is disabled",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Check that client_id %s is an application (client) id, not an object id, and that it is registered in tenant %s.",
				c.config.ClientID, c.config.TenantID)
		},
	},
	{
		codes:   []string{"AADSTS90002", "AADSTS900023", "AADSTS900021"},
		summary: "The tenant does not exist",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Check tenant_id %s, and environment if the tenant is in another cloud.", c.config.TenantID)
		},
	},
	{
		codes:   []string{"AADSTS700024", "AADSTS50013", "AADSTS500133"},
		summary: "The federated token or assertion has expired",
		advice: func(c *Credential) string {
			return "An OIDC token is good for minutes only. Give a source that renews it rather than the token itself: " +
				"oidc_token_file_path, oidc_request_url with oidc_request_token, or ado_pipeline_service_connection_id. " +
				"If the token is new, check this machine's clock."
		},
	},
	{
		codes:   []string{"AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213", "AADSTS700223"},
		summary: "The application does not trust this federated token",
		advice: func(c *Credential) string {
			return fmt.Sprintf("The application %s has no federated credential that matches the token's issuer, subject and audience (%s). "+
				"For GitHub Actions the subject names the repository and the branch, tag or environment of the job.", c.config.ClientID, entraAudience)
		},
	},
	{
		codes:   []string{"AADSTS700027", "AADSTS7000272"},
		summary: "The client certificate is not the application's",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Upload the certificate to the application %s, or give the one that is registered there. It must not have expired.", c.config.ClientID)
		},
	},
	{
		codes:   []string{"AADSTS500011"},
		summary: "The tenant does not know this Kusto service",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Check tenant_id %s: it should be the tenant that the cluster is in.", c.config.TenantID)
		},
	},
	{
		codes:   []string{"AADSTS50076", "AADSTS50079", "AADSTS50158", "AADSTS53003", "AADSTS50173", "AADSTS700082", "AADSTS70043", "AADSTS50078"},
		summary: "Entra ID wants you to sign in again",
		advice:  func(c *Credential) string { return "Run: " + c.loginCommand() },
	},
	{
		words:   []string{"executable not found on path", "\"az\": executable file not found"},
		method:  MethodAzureCLI,
		summary: "The Azure CLI is not installed",
		advice: say("Nothing else is configured, or use_cli asks for it. Install the Azure CLI, see https://aka.ms/azure-cli, and run az login; " +
			"or configure another way to sign in, such as client_id, client_secret and tenant_id."),
	},
	{
		words:   []string{"az login", "no subscription found", "not logged in", "no subscriptions found"},
		method:  MethodAzureCLI,
		summary: "Not signed in to the Azure CLI",
		advice:  func(c *Credential) string { return "Run: " + c.loginCommand() },
	},
	{
		words:   []string{"subscription of '", "subscription '", "subscription_id"},
		method:  MethodAzureCLI,
		summary: "The subscription is not usable",
		advice: say("Check subscription_id. The Azure CLI lists the ones it knows with: " +
			"az account list --all --query \"[].{name:name, id:id, tenant:tenantId}\" -o table"),
	},
	{
		words:   []string{"executable not found on path"},
		method:  MethodAzureDeveloperCLI,
		summary: "The Azure Developer CLI is not installed",
		advice:  say("use_azd asks for it. Install it, see https://aka.ms/azd, and run azd auth login; or leave use_azd out."),
	},
	{
		words:   []string{"azd auth login", "not logged in"},
		method:  MethodAzureDeveloperCLI,
		summary: "Not signed in to the Azure Developer CLI",
		advice:  func(c *Credential) string { return "Run: " + c.loginCommand() },
	},
	{
		words:   []string{"the access token expired"},
		summary: "The access token has expired",
		advice: say("An access token given as access_token (or KUSTO_ACCESS_TOKEN) cannot be renewed. Get a new one, or configure a way to sign in. A new one from the Azure CLI: " +
			"az account get-access-token --resource https://kusto.kusto.windows.net --query accessToken -o tsv"),
	},
	{
		words:   []string{"cannot answer for tenant"},
		summary: "The access token is of another tenant",
		advice:  say("A given access token serves its own tenant only. Configure a way to sign in to use further tenants."),
	},
	{
		words:   []string{"isn't configured to acquire tokens for tenant"},
		summary: "Another tenant is not allowed",
		advice:  say("Add the tenant to auxiliary_tenant_ids."),
	},
	{
		words:   []string{"refused to follow a redirect", "refused to send credentials", "refused to sign in without https"},
		summary: "Refused to send credentials to another host",
		advice: say("Only the configured authority may see a secret. Check environment and authority_host, and whether a proxy on the way redirects. " +
			"Nothing was sent to the other host."),
	},
	{
		words:   []string{"requested identity isn't assigned"},
		method:  MethodManagedIdentity,
		summary: "The managed identity is not assigned here",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Assign the user-assigned identity with the client id %s to this machine, or correct client_id. Leave client_id out to use the system-assigned one.", c.config.ClientID)
		},
	},
	{
		words:   []string{"system assigned identity", "169.254.169.254", "i/o timeout", "connection refused", "no route to host", "network is unreachable"},
		method:  MethodManagedIdentity,
		summary: "There is no managed identity here",
		advice: say("use_msi asks for the managed identity of the machine this runs on, and this machine has none, or does not let this process reach it. " +
			"Enable one on the Azure resource, or configure another way to sign in."),
	},
	{
		words:   []string{"oidc token", "oidc endpoint", "oidc token request"},
		summary: "Could not get the job's OIDC token",
		advice: say("In GitHub Actions the job needs the permission id-token: write. In Azure Pipelines, map System.AccessToken to SYSTEM_ACCESSTOKEN, " +
			"and check ado_pipeline_service_connection_id."),
	},
	{
		words:   []string{"x509:", "tls: failed to verify", "certificate signed by unknown authority"},
		summary: "The login host's certificate is not trusted",
		advice: say("If a proxy on this network opens TLS connections, put its certificate authority into a PEM file together with the others and name the file in SSL_CERT_FILE. " +
			"Otherwise somebody may be listening in: do not go on."),
	},
	{
		words:   []string{"proxyconnect", "proxy authentication required"},
		summary: "The proxy could not be reached, or refused",
		advice:  say("Check HTTPS_PROXY and NO_PROXY."),
	},
	{
		words:   networkWords,
		summary: "The login host could not be reached",
		advice: func(c *Credential) string {
			return fmt.Sprintf("Check that this machine may reach https://%s, and HTTPS_PROXY if there is a proxy.", c.authority.hosts[0])
		},
	},
}

// loginCommand is what a person runs to sign in by the method in use.
func (c *Credential) loginCommand() string {
	command, flag := "az login", " --tenant "
	if c.method.name == MethodAzureDeveloperCLI {
		command, flag = "azd auth login", " --tenant-id "
	}
	if c.config.TenantID != "" {
		command += flag + c.config.TenantID
	}
	return command
}
