// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/httpclient"
)

// diagnosis is a known reason for a failed sign-in.
type diagnosis struct {
	// codes are the AADSTS codes that state the reason. One that ends with an asterisk
	// is a family: every code that begins so. matches recognizes the reason in an error
	// without a code.
	codes   []string
	matches func(*SignInError) bool
	summary string
	advice  string // with placeholders; see fillIn
}

// diagnose finds the first diagnosis for the error.
func diagnose(e *SignInError) diagnosis {
	for _, d := range diagnoses {
		if e.Code == "" && d.matches != nil && d.matches(e) || e.Code != "" && slices.ContainsFunc(d.codes, e.isCode) {
			return d
		}
	}
	return diagnosis{summary: "Could not sign in"}
}

// isCode reports whether the error's code is the given one, or in the given family.
func (e *SignInError) isCode(code string) bool {
	family, isFamily := strings.CutSuffix(code, "*")
	return e.Code == code || isFamily && strings.HasPrefix(e.Code, family)
}

// diagnoses has the more specific ones first. The codes are those of
// https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes.
var diagnoses = []diagnosis{
	{codes: []string{"AADSTS7000215"},
		summary: "The client secret is wrong",
		advice:  "Check {client_secret}: it must be the value of a secret, not its id, and belong to the application {client_id}."},
	{codes: []string{"AADSTS7000222"},
		summary: "The client secret has expired",
		advice:  "Create a new one, for example with: az ad app credential reset --id {client_id} --append"},
	{codes: []string{"AADSTS700016", "AADSTS7000229", "AADSTS7000112"},
		summary: "The application is not known in the tenant, or is disabled",
		advice:  "Check that client_id {client_id} is an application (client) id, not an object id, and that it is registered in tenant {tenant_id}."},
	{codes: []string{"AADSTS90002", "AADSTS900023", "AADSTS900021"},
		summary: "The tenant does not exist",
		advice:  "Check tenant_id {tenant_id}, and environment if the tenant is in another cloud."},
	{codes: []string{"AADSTS700024", "AADSTS50013", "AADSTS500133"},
		summary: "The federated token or assertion has expired",
		advice: "An OIDC token is valid for minutes only. Instead of the token, set a source that renews it: " +
			"oidc_token_file_path, oidc_request_url with oidc_request_token, or ado_pipeline_service_connection_id. " +
			"If the token is new, check the clock of this machine."},
	{codes: []string{"AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213", "AADSTS700223"},
		summary: "The application does not trust this federated token",
		advice: "The application {client_id} has no federated credential that matches the token's issuer, subject and audience ({audience}). " +
			"For GitHub Actions the subject names the repository and the branch, tag or environment of the job."},
	{codes: []string{"AADSTS700027", "AADSTS7000272"},
		summary: "The certificate does not match the application",
		advice:  "Upload the certificate to the application {client_id}, or use the one that is registered there. It must not have expired."},
	{codes: []string{"AADSTS500011"},
		summary: "The tenant does not know this Kusto service",
		advice:  "Check tenant_id {tenant_id}: it must be the tenant of the cluster."},
	{codes: []string{"AADSTS65001", "AADSTS65004"},
		summary: "Consent required",
		advice: "A user or an administrator of the tenant has to let the program in the message get tokens for Kusto. " +
			"If your tenant does not let users consent, ask an administrator. Otherwise, run: {login for Kusto}"},
	{codes: []string{"AADSTS650057", "AADSTS650056", "AADSTS65005"},
		summary: "The application has no permission for Kusto",
		advice: "The program in the message may not get tokens for Kusto on behalf of a user. In its app registration, add the API permission " +
			"Azure Data Explorer, user_impersonation. An application that signs in as itself, with a secret, a certificate or a federated token, needs none."},
	// 530… are those of policies and of security defaults. The others are about the device,
	// which only a policy asks for.
	{codes: []string{"AADSTS530*", "AADSTS50005", "AADSTS50097", "AADSTS50129", "AADSTS50131", "AADSTS50155", "AADSTS50187"},
		summary: "A Conditional Access policy blocks the sign-in",
		advice: "Ask an administrator of the tenant which policy applied: the sign-in logs of Entra ID name it. " +
			"A policy may require a certain network or a managed device, and then this sign-in must come from there."},
	{codes: []string{"AADSTS50020", "AADSTS50034", "AADSTS51004", "AADSTS90072", "AADSTS16003"},
		summary: "The account does not exist in the tenant",
		advice: "Check tenant_id. Sign in with an account of that tenant, or let an administrator invite the account as a guest, and accept the invitation. " +
			"To sign in, run: {login}"},
	// A second factor, another challenge, a password or a session that is no longer valid.
	{codes: []string{
		"AADSTS50072", "AADSTS50074", "AADSTS50076", "AADSTS50078", "AADSTS50079", "AADSTS50158", "AADSTS500121", "AADSTS50055", "AADSTS50125", "AADSTS50144",
		"AADSTS50132", "AADSTS50133", "AADSTS50173", "AADSTS70008", "AADSTS70043", "AADSTS70044", "AADSTS700082", "AADSTS700084",
	},
		summary: "Interactive sign-in required",
		advice:  "Run: {login for Kusto}"},
	{matches: isProxyAuthentication,
		summary: "The proxy requires authentication",
		advice: "Write the credentials into the proxy's address, HTTPS_PROXY=http://<user>:<password>@<host>:<port>, " +
			"or exempt the login host with NO_PROXY."},
	{matches: causedBy(errTokenExpired),
		summary: "The access token has expired",
		advice: "The token in access_token (or KUSTO_ACCESS_TOKEN) cannot be renewed. Get a new one, or configure another method to sign in. " +
			"With the Azure CLI: az account get-access-token --resource {kusto} --query accessToken -o tsv"},
	{matches: causedBy(errTokenTenant),
		summary: "The access token is not valid for this tenant",
		advice:  "An access token is valid in one tenant only. To use other tenants, configure another method to sign in."},
	{matches: isCause[*httpclient.CertificateFileError],
		summary: "SSL_CERT_FILE has no certificates",
		advice: "Correct the path, or write certificates in PEM into the file. " +
			"To trust only the certificates of the system, remove the variable."},
	{matches: isRefused,
		summary: "Refused to send credentials to another host",
		advice: "Only the configured authority may receive a secret, and nothing was sent to the other host. " +
			"Check environment and authority_host, and whether a proxy redirects requests."},
	{matches: isUntrusted,
		summary: "The login host's certificate is not trusted",
		advice: "If a proxy on this network intercepts TLS connections, add its certificate authority to a PEM file together with the others, " +
			"and set SSL_CERT_FILE to the file. Otherwise the connection may be under attack: do not continue."},
	{matches: isProxyFailure,
		summary: "The proxy could not be reached, or refused",
		advice:  "Check HTTPS_PROXY and NO_PROXY."},
	{matches: hasNoManagedIdentity,
		summary: "No managed identity available",
		advice: "use_msi requests the managed identity of the machine that runs Terraform, but the machine has none, or this process cannot reach its endpoint. " +
			"Enable a managed identity on the Azure resource, or configure another method to sign in."},
	{matches: says(methodManagedIdentity, "requested identity isn't assigned"),
		summary: "The managed identity is not assigned here",
		advice: "Assign the user-assigned identity with the client id {client_id} to this machine, or correct client_id. " +
			"Remove client_id to use the system-assigned identity."},
	{matches: isUnreachable,
		summary: "The login host could not be reached",
		advice:  "Check that this machine can reach https://{host}, and HTTPS_PROXY if there is a proxy."},
	{matches: hasNoFederatedToken,
		summary: "Could not get the job's OIDC token",
		advice: "In GitHub Actions the job needs the permission id-token: write. In Azure Pipelines, map System.AccessToken to SYSTEM_ACCESSTOKEN, " +
			"and check ado_pipeline_service_connection_id."},
	{matches: isNotInstalled(methodAzureCLI),
		summary: "The Azure CLI is not installed",
		advice: "The Azure CLI is the method for use_cli, or when no other is configured. Install it, see https://aka.ms/azure-cli, and run az login, " +
			"or configure another method to sign in, such as client_id, client_secret and tenant_id."},
	{matches: isNotInstalled(methodAzureDeveloperCLI),
		summary: "The Azure Developer CLI is not installed",
		advice:  "use_azd requests it. Install it, see https://aka.ms/azd, and run azd auth login, or remove use_azd."},
	{matches: says(methodAzureCLI, "az login", "no subscription found", "not logged in", "no subscriptions found"),
		summary: "Not signed in to the Azure CLI",
		advice:  "Run: {login}"},
	{matches: says(methodAzureDeveloperCLI, "azd auth login", "not logged in"),
		summary: "Not signed in to the Azure Developer CLI",
		advice:  "Run: {login}"},
	{matches: says(methodAzureCLI, "subscription of '", "subscription '", "subscription_id"),
		summary: "The subscription is not usable",
		advice: "Check subscription_id. To list the subscriptions that the Azure CLI knows, run: " +
			"az account list --all --query \"[].{name:name, id:id, tenant:tenantId}\" -o table"},
	{matches: says("", "isn't configured to acquire tokens for tenant"),
		summary: "Tenant not allowed",
		advice:  "Add the tenant to auxiliary_tenant_ids."},
}

func causedBy(target error) func(*SignInError) bool {
	return func(e *SignInError) bool { return errors.Is(e.cause, target) }
}

func isCause[E error](e *SignInError) bool {
	var target E
	return errors.As(e.cause, &target)
}

// says recognizes words in the message of a method; "" is any method. It is for
// tools and libraries that have neither codes nor types for their errors.
func says(method string, words ...string) func(*SignInError) bool {
	return func(e *SignInError) bool {
		text := strings.ToLower(e.Message)
		return (method == "" || method == e.Method) && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
}

// isRefused reports a request that was not sent, to protect a secret.
func isRefused(e *SignInError) bool { return isCause[refusal](e) }

// isUntrusted reports a host whose certificate was rejected.
func isUntrusted(e *SignInError) bool { return isCause[*tls.CertificateVerificationError](e) }

func isProxyFailure(e *SignInError) bool {
	var op *net.OpError
	return errors.As(e.cause, &op) && op.Op == "proxyconnect"
}

// isUnreachable reports a failure of the network, which may be temporary.
func isUnreachable(e *SignInError) bool {
	return isCause[*url.Error](e) && !isRefused(e) && !isUntrusted(e) && !isProxyAuthentication(e) && !isCause[*httpclient.CertificateFileError](e)
}

func hasNoManagedIdentity(e *SignInError) bool {
	return e.Method == methodManagedIdentity && (isUnreachable(e) || says("", "system assigned identity")(e))
}

// hasNoFederatedToken reports an identity provider that issued no token. In Azure
// Pipelines azidentity requests it, and the error response has no AADSTS code.
func hasNoFederatedToken(e *SignInError) bool {
	return errors.Is(e.cause, errIdentityProvider) ||
		e.Method == methodAzurePipelines && e.StatusCode >= http.StatusBadRequest && !e.Temporary()
}

func isProxyAuthentication(e *SignInError) bool {
	return isCause[*httpclient.ProxyAuthenticationError](e)
}

func isNotInstalled(method string) func(*SignInError) bool {
	return func(e *SignInError) bool {
		return errors.Is(e.cause, exec.ErrNotFound) && e.Method == method || says(method, "executable not found on path")(e)
	}
}
