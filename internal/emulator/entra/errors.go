// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// refusal is an error answer of the token endpoint.
type refusal struct {
	status int    // of HTTP
	code   string // of OAuth 2.0
	number int    // of AADSTS
	text   string
}

func unknownTenant(name string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_request", 90002, fmt.Sprintf(
		"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "+
			"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", name)}
}

func unknownApp(clientID, tenant string) *refusal {
	return &refusal{http.StatusBadRequest, "unauthorized_client", 700016, fmt.Sprintf(
		"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been "+
			"installed by the administrator of the tenant or consented to by any user in the tenant. "+
			"You may have sent your authentication request to the wrong tenant.", clientID, tenant)}
}

func wrongSecret(clientID string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 7000215, fmt.Sprintf(
		"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
			"not the client secret ID, for a secret added to app '%s'.", clientID)}
}

func expiredSecret(clientID string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 7000222, fmt.Sprintf(
		"The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: "+
			"https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", clientID)}
}

func missingCredential() *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 7000216,
		"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."}
}

func unknownResource(resource, tenant string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_resource", 500011, fmt.Sprintf(
		"The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been "+
			"installed by the administrator of the tenant or consented to by any user in the tenant. "+
			"You might have sent your authentication request to the wrong tenant.", resource, tenant)}
}

func badScope(scope string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_scope", 1002012, fmt.Sprintf(
		"The provided value for scope %s is not valid. Client credential flows must have a scope value "+
			"with /.default suffixed to the resource identifier (application ID URI).", scope)}
}

func missingParameter(name string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_request", 900144, fmt.Sprintf(
		"The request body must contain the following parameter: '%s'.", name)}
}

func unsupportedGrant(grant string) *refusal {
	return &refusal{http.StatusBadRequest, "unsupported_grant_type", 70003, fmt.Sprintf(
		"The app requested an unsupported grant type '%s'.", grant)}
}

func invalidAssertion(why string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 50027, "JWT token is invalid or malformed. " + why}
}

func expiredAssertion(from, until, now time.Time) *refusal {
	const layout = "2006-01-02T15:04:05.0000000Z"
	return &refusal{http.StatusUnauthorized, "invalid_client", 700024, fmt.Sprintf(
		"Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. "+
			"Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
		now.UTC().Format(layout), from.UTC().Format(layout), until.UTC().Format(layout))}
}

func certificateNotRegistered(thumbprint, clientID string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 700027, fmt.Sprintf(
		"The certificate with identifier used to sign the client assertion is not registered on application. "+
			"[Reason - The key was not found., Thumbprint of key used by client: '%s', Configure at "+
			"https://learn.microsoft.com/graph/api/resources/keycredential?view=graph-rest-1.0 for app id '%s'].", thumbprint, clientID)}
}

func badSignature() *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 700027,
		"Client assertion contains an invalid signature. [Reason - The key used to sign does not match.]"}
}

func noFederatedIdentity(subject, issuer, audience string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 700213, fmt.Sprintf(
		"No matching federated identity record found for presented assertion subject '%s'. Check your federated identity credential "+
			"Subject, Audience and Issuer against the presented assertion. "+
			"https://learn.microsoft.com/entra/workload-id/workload-identity-federation (issuer '%s', audience '%s')", subject, issuer, audience)}
}

func unknownIssuer(issuer string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", 70021, fmt.Sprintf(
		"No matching federated identity record found for presented assertion issuer '%s'. "+
			"https://learn.microsoft.com/entra/workload-id/workload-identity-federation", issuer)}
}

func wrongPassword() *refusal {
	return &refusal{http.StatusBadRequest, "invalid_grant", 50126, "Error validating credentials due to invalid username or password."}
}

// byPolicy is an error that the policies of a tenant lead to, for a request that would
// get a token without them.
func byPolicy(number int, g *tokenGrant, tenant string) *refusal {
	const (
		mustUse = "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '%s'."
		enroll  = "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '%s'."
	)
	switch number {
	case 50020:
		return &refusal{http.StatusBadRequest, "invalid_grant", number, fmt.Sprintf(
			"User account '{EmailHidden}' from identity provider '%s' does not exist in tenant '%s' and cannot access the application '%s' in that tenant. "+
				"The account needs to be added as an external user in the tenant first.", issuerOf(g.principal.TenantID), tenant, g.clientID)}
	case 50076:
		return &refusal{http.StatusBadRequest, "interaction_required", number, fmt.Sprintf(mustUse, g.resource)}
	case 50079:
		return &refusal{http.StatusBadRequest, "interaction_required", number, fmt.Sprintf(enroll, g.resource)}
	case 53003:
		return &refusal{http.StatusBadRequest, "invalid_grant", number,
			"Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."}
	case 65001:
		return &refusal{http.StatusBadRequest, "invalid_grant", number, fmt.Sprintf(
			"The user or administrator has not consented to use the application with ID '%s'. "+
				"Send an interactive authorization request for this user and resource.", g.clientID)}
	case 650057:
		return &refusal{http.StatusUnauthorized, "invalid_client", number, fmt.Sprintf(
			"Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's "+
				"application registration. Client app ID: %s. Resource value from request: %s. List of valid resources from app registration: .", g.clientID, g.resource)}
	}
	panic(fmt.Sprintf("emulator: no error AADSTS%d", number))
}

// transient is an error that a retry may not meet. status is 429 or 503.
func transient(status int) *refusal {
	if status == http.StatusTooManyRequests {
		return &refusal{status, "temporarily_unavailable", 90055, "Server is busy: too many requests. Please try again later."}
	}
	return &refusal{status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."}
}

// writeError answers with the JSON that Entra ID wraps errors in.
func writeError(w http.ResponseWriter, r *http.Request, e *refusal) {
	trace, correlation := uuid.NewString(), r.Header.Get("client-request-id")
	if correlation == "" {
		correlation = uuid.NewString()
	}
	stamp := time.Now().UTC().Format("2006-01-02 15:04:05Z")
	writeJSON(w, e.status, map[string]any{
		"error": e.code,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.number, e.text, trace, correlation, stamp),
		"error_codes":    []int{e.number},
		"timestamp":      stamp,
		"trace_id":       trace,
		"correlation_id": correlation,
		"error_uri":      fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", e.number),
	})
}
