// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issuers of federated tokens. The server issues their tokens too.
const (
	GitHubActionsIssuer  = "https://token.actions.githubusercontent.com"
	AzurePipelinesIssuer = "https://vstoken.dev.azure.com/00000000-0000-4000-8000-0000000000e1"
	KubernetesIssuer     = "https://westeurope.oic.prod-aks.azure.com/emulated/"
	GitLabIssuer         = "https://gitlab.com"
)

// Endpoints at which CI systems hand out tokens.
const (
	GitHubActionsHost = "pipelines.actions.githubusercontent.com"
	AzureDevOpsHost   = "dev.azure.com"

	// GitHubRequestURL and GitHubRequestToken are what a job sees as
	// ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN.
	GitHubRequestURL   = "https://" + GitHubActionsHost + "/emulated/00000000-0000-0000-0000-000000000000/_apis/distributedtask/hubs/Actions/plans/1/jobs/1/idtoken?api-version=2.0"
	GitHubRequestToken = "not-a-secret-github-request-token"
	// GitHubSubject is the subject of the tokens that GitHub hands out.
	GitHubSubject = "repo:contoso/grants:ref:refs/heads/main"

	// PipelinesRequestURL, PipelinesAccessToken and PipelinesConnectionID are what a job sees as
	// SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN, and the service connection's id.
	PipelinesRequestURL   = "https://" + AzureDevOpsHost + "/contoso/00000000-0000-0000-0000-000000000000/_apis/distributedtask/hubs/build/plans/1/jobs/1/oidctoken"
	PipelinesAccessToken  = "not-a-secret-pipelines-access-token"
	PipelinesConnectionID = "00000000-0000-4000-8000-0000000000e2"
	// PipelinesSubject is the subject of the tokens that Azure Pipelines hands out.
	PipelinesSubject = "sc://contoso/grants/kusto"
)

// FederatedToken is a token of a CI system or a Kubernetes cluster, for one of the
// issuers above. With a negative lifetime it has expired.
func (s *Server) FederatedToken(issuer, subject, audience string, lifetime time.Duration) string {
	now := time.Now()
	return s.tokens.sign(jwt.MapClaims{
		"iss": issuer, "sub": subject, "aud": audience, "iat": now.Add(min(0, lifetime)).Unix(),
		"nbf": now.Add(min(0, lifetime) - time.Minute).Unix(), "exp": now.Add(lifetime).Unix(),
	})
}

// federatedLifetime is how long CI systems' tokens are valid.
const federatedLifetime = 5 * time.Minute

// gitHubActions is the endpoint from which a GitHub Actions job gets its token:
// GET with &audience=, answering {"value": "<jwt>"}.
func (s *Server) gitHubActions() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if bearer(r) != GitHubRequestToken {
			writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "Unable to get ID Token: the request token is not valid"})
			return
		}
		audience := r.URL.Query().Get("audience")
		if audience == "" {
			audience = "https://github.com/contoso"
		}
		writeJSON(w, http.StatusOK, map[string]any{
			"count": 1, "value": s.FederatedToken(GitHubActionsIssuer, GitHubSubject, audience, federatedLifetime),
		})
	})
}

// azurePipelines is the endpoint from which an Azure Pipelines job gets a
// service connection's token: POST with serviceConnectionId=, answering {"oidcToken": "<jwt>"}.
func (s *Server) azurePipelines() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPost:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case bearer(r) != PipelinesAccessToken:
			writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "TF400813: The user is not authorized to access this resource."})
		case r.URL.Query().Get("serviceConnectionId") != PipelinesConnectionID:
			writeJSON(w, http.StatusNotFound, map[string]string{"message": "No service connection with identifier " + r.URL.Query().Get("serviceConnectionId")})
		default:
			writeJSON(w, http.StatusOK, map[string]string{
				"oidcToken": s.FederatedToken(AzurePipelinesIssuer, PipelinesSubject, FederatedAudience, federatedLifetime),
			})
		}
	})
}
