// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// loginHosts are the login hosts of Microsoft's clouds.
var loginHosts = []string{
	"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn",
	"login.chinacloudapi.cn", "login.microsoft.com", "login.windows.net", "sts.windows.net",
}

// publicAliases are the login hosts that instance discovery lists as aliases of each other.
var publicAliases = []string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}

// Server is Microsoft Entra ID for all tenants and clouds. It is safe for concurrent use.
type Server struct {
	directory *Directory
	tokens    *tokenIssuer

	mu          sync.RWMutex
	authorities map[string]bool               // login hosts
	resources   map[string]bool               // hosts for which tokens are issued besides the known ones
	intercept   map[string]func() TokenAnswer // by client id
}

// New makes a server of a directory. Access tokens are valid for tokenLifetime. The
// error is that of making the signing key.
func New(directory *Directory, tokenLifetime time.Duration) (*Server, error) {
	tokens, err := newTokenIssuer(tokenLifetime)
	if err != nil {
		return nil, err
	}
	s := &Server{
		directory: directory, tokens: tokens,
		authorities: map[string]bool{}, resources: map[string]bool{}, intercept: map[string]func() TokenAnswer{},
	}
	for _, host := range loginHosts {
		s.authorities[host] = true
	}
	return s, nil
}

// Handlers are the hosts to serve, with their handlers: the login hosts, Azure
// Resource Manager, Microsoft Graph, GitHub Actions and Azure DevOps.
func (s *Server) Handlers() map[string]http.Handler {
	handlers := map[string]http.Handler{GitHubActionsHost: s.gitHubActions(), AzureDevOpsHost: s.azurePipelines()}
	for _, host := range loginHosts {
		handlers[host] = s
	}
	arm := s.resourceManager()
	for _, host := range managementHosts {
		handlers[host] = arm
	}
	graph := s.graph()
	for _, host := range graphHosts {
		handlers[host] = graph
	}
	return handlers
}

// Directory returns the tenants with their users, groups and applications.
func (s *Server) Directory() *Directory { return s.directory }

// AddAuthority makes host a login host, as in a private cloud.
func (s *Server) AddAuthority(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authorities[strings.ToLower(host)] = true
}

// AddResource makes the server issue tokens for https://host. It does so for
// every host in a domain of Kusto anyway.
func (s *Server) AddResource(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resources[strings.ToLower(host)] = true
}

// TokenAnswer changes the answer to one token request.
type TokenAnswer struct {
	Status     int           // 429 or 503 instead of a token; 0 for a token
	RetryAfter time.Duration // with Status: the Retry-After header in whole seconds, rounded up; 0 for no header
	Lifetime   time.Duration // of the token; 0 for the server's default
	// AADSTS is the number of an error instead of a token, one of those that depend on
	// the policies of a tenant: 50020, 50076, 50079, 53003, 65001 or 650057.
	AADSTS int
}

// InterceptTokens calls fn for every token request of one application. A nil fn ends it.
func (s *Server) InterceptTokens(clientID string, fn func() TokenAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept[strings.ToLower(clientID)] = fn
}

// intercepted returns the changes to the answer to a token request of clientID.
func (s *Server) intercepted(clientID string) TokenAnswer {
	s.mu.RLock()
	fn := s.intercept[strings.ToLower(clientID)]
	s.mu.RUnlock()
	if fn == nil {
		return TokenAnswer{}
	}
	return fn()
}

// ServeHTTP answers the endpoints that OAuth clients use at a login host.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch strings.TrimSuffix(rest, "/") {
	case "discovery/instance":
		s.instanceDiscovery(w, r)
	case ".well-known/openid-configuration":
		s.openIDConfiguration(w, r, first, false)
	case "v2.0/.well-known/openid-configuration":
		s.openIDConfiguration(w, r, first, true)
	case "discovery/keys", "discovery/v2.0/keys":
		writeJSON(w, http.StatusOK, s.tokens.jwks())
	case "oauth2/token":
		s.token(w, r, first, false)
	case "oauth2/v2.0/token":
		s.token(w, r, first, true)
	case "oauth2/devicecode", "oauth2/v2.0/devicecode":
		s.deviceCode(w)
	default:
		if strings.HasPrefix(strings.ToLower(rest), "userrealm/") {
			s.userRealm(w, rest)
			return
		}
		s.unserved(w, r, rest)
	}
}

// unserved answers a path that the emulator does not serve.
func (s *Server) unserved(w http.ResponseWriter, r *http.Request, path string) {
	words := "kusto-emulator does not serve " + r.URL.Path + "."
	if strings.HasSuffix(path, "/authorize") {
		words = notInteractive
	}
	writeError(w, r, &refusal{http.StatusNotFound, "invalid_request", 90023, words})
}

// notInteractive tells people what to do instead.
const notInteractive = "kusto-emulator has no interactive sign-in and no device code. " +
	"Run az login --username <user> --password <password>, or sign in as an application."

// deviceCode answers with a code that is never accepted: without one, the Azure CLI shows a
// traceback instead of the words.
func (s *Server) deviceCode(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, map[string]any{
		"user_code": "NONE", "device_code": "none", "verification_uri": "https://microsoft.com/devicelogin",
		"expires_in": 900, "interval": 1, "message": notInteractive,
	})
}

// instanceDiscovery tells clients whether a login host exists, and lists the aliases of each.
func (s *Server) instanceDiscovery(w http.ResponseWriter, r *http.Request) {
	endpoint := r.URL.Query().Get("authorization_endpoint")
	host, path, _ := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "/")
	s.mu.RLock()
	known := s.authorities[strings.ToLower(host)]
	s.mu.RUnlock()
	if !known {
		writeError(w, r, &refusal{http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."})
		return
	}
	name, _, _ := strings.Cut(path, "/")
	entry := func(network, cache string, aliases ...string) map[string]any {
		return map[string]any{"preferred_network": network, "preferred_cache": cache, "aliases": aliases}
	}
	entries := []any{
		entry("login.microsoftonline.com", "login.windows.net", publicAliases...),
		entry("login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
		entry("login.microsoftonline.us", "login.microsoftonline.us", "login.microsoftonline.us", "login.usgovcloudapi.net"),
	}
	if !slices.Contains(loginHosts, host) {
		entries = append(entries, entry(host, host, host))
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + host + "/" + name + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  entries,
	})
}

// openIDConfiguration describes a tenant's endpoints, at the requested host.
func (s *Server) openIDConfiguration(w http.ResponseWriter, r *http.Request, name string, v2 bool) {
	tenantID, err := s.tenantID(name)
	if err != nil {
		writeError(w, r, err)
		return
	}
	base := "https://" + strings.TrimSuffix(r.Host, ":443") + "/" + tenantID
	version, keys, issuer := "", "/discovery/keys", issuerOf(tenantID)
	if v2 {
		version, keys, issuer = "/v2.0", "/discovery/v2.0/keys", base+"/v2.0"
	}
	document := map[string]any{"issuer": issuer, "jwks_uri": base + keys}
	for name, path := range map[string]string{
		"authorization_endpoint": "authorize", "token_endpoint": "token",
		"device_authorization_endpoint": "devicecode", "end_session_endpoint": "logout",
	} {
		document[name] = base + "/oauth2" + version + "/" + path
	}
	maps.Copy(document, openIDFeatures)
	writeJSON(w, http.StatusOK, document)
}

// openIDFeatures are the parts of the OpenID configuration that all tenants share.
var openIDFeatures = map[string]any{
	"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
	"response_types_supported":              []string{"code", "id_token", "code id_token", "token id_token", "token"},
	"response_modes_supported":              []string{"query", "fragment", "form_post"},
	"subject_types_supported":               []string{"pairwise"},
	"id_token_signing_alg_values_supported": []string{"RS256"},
	"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
	"cloud_instance_name":                   "microsoftonline.com",
	"tenant_region_scope":                   "EU",
}

// tenantID turns the tenant in a path into an id. "common" and "organizations" are returned as they are.
func (s *Server) tenantID(name string) (string, *refusal) {
	if name == "common" || name == "organizations" {
		return name, nil
	}
	if t := s.directory.tenant(name); t != nil {
		return t.id, nil
	}
	return "", unknownTenant(name)
}

// userRealm tells a client whether a user signs in here, with a password.
func (s *Server) userRealm(w http.ResponseWriter, rest string) {
	_, user, _ := strings.Cut(rest, "/")
	_, domain, _ := strings.Cut(user, "@")
	accountType := "Managed"
	if s.directory.tenant(domain) == nil {
		accountType = "Unknown"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"ver": "1.0", "account_type": accountType, "domain_name": domain,
		"cloud_instance_name": "microsoftonline.com", "cloud_audience_urn": "urn:federation:MicrosoftOnline",
	})
}

// writeJSON answers with a JSON document.
func writeJSON(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // fails only when the client has disconnected
}
