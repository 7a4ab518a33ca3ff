package emulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// loginHosts are the login hosts of the public clouds.
var loginHosts = []string{
	"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn",
	"login.chinacloudapi.cn", "login.microsoft.com", "login.windows.net", "sts.windows.net",
}

// publicAliases are the hosts that instance discovery counts as one.
var publicAliases = []string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}

// entra serves Microsoft Entra ID at every login host.
type entra struct {
	emulator *Emulator

	mu        sync.Mutex
	failures  []tokenFailure
	intercept map[string]func() TokenAnswer // by client id
}

// TokenAnswer changes what one token request gets.
type TokenAnswer struct {
	Status     int           // 429 or 503 instead of a token; 0 for the token
	RetryAfter time.Duration // of a Status, in whole seconds, rounded up; 0 for none
	Lifetime   time.Duration // of the token; 0 for the usual
}

// InterceptTokens asks fn about every token request of one application; a nil fn ends it.
func (e *Emulator) InterceptTokens(clientID string, fn func() TokenAnswer) {
	e.entra.mu.Lock()
	defer e.entra.mu.Unlock()
	if e.entra.intercept == nil {
		e.entra.intercept = map[string]func() TokenAnswer{}
	}
	e.entra.intercept[strings.ToLower(clientID)] = fn
}

// answer is what a token request of a client gets that is out of the ordinary.
func (s *entra) answer(clientID string) TokenAnswer {
	if s.fails(clientID) {
		return TokenAnswer{Status: http.StatusServiceUnavailable}
	}
	s.mu.Lock()
	fn := s.intercept[strings.ToLower(clientID)]
	s.mu.Unlock()
	if fn == nil {
		return TokenAnswer{}
	}
	return fn()
}

// tokenFailure makes token requests fail.
type tokenFailure struct {
	clientID string // "" for any
	left     int
}

// FailTokenRequests makes the next n token requests answer 503; clientID
// restricts that to one application, "" is any.
func (e *Emulator) FailTokenRequests(n int, clientID string) {
	e.entra.mu.Lock()
	defer e.entra.mu.Unlock()
	e.entra.failures = append(e.entra.failures, tokenFailure{clientID, n})
}

// fails uses up one failure that was asked for.
func (s *entra) fails(clientID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.failures {
		f := &s.failures[i]
		if f.left > 0 && (f.clientID == "" || strings.EqualFold(f.clientID, clientID)) {
			f.left--
			return true
		}
	}
	return false
}

// ServeHTTP answers the endpoints that OAuth clients use.
func (s *entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch strings.TrimSuffix(rest, "/") {
	case "discovery/instance":
		s.instanceDiscovery(w, r)
	case ".well-known/openid-configuration":
		s.openIDConfiguration(w, r, first, false)
	case "v2.0/.well-known/openid-configuration":
		s.openIDConfiguration(w, r, first, true)
	case "discovery/keys", "discovery/v2.0/keys":
		writeJSON(w, http.StatusOK, s.emulator.tokens.jwks())
	case "oauth2/token":
		s.token(w, r, first, false)
	case "oauth2/v2.0/token":
		s.token(w, r, first, true)
	default:
		if strings.HasPrefix(rest, "userrealm/") || strings.HasPrefix(rest, "UserRealm/") {
			s.userRealm(w, rest)
			return
		}
		http.NotFound(w, r)
	}
}

// instanceDiscovery tells clients which login hosts are real and which are one.
func (s *entra) instanceDiscovery(w http.ResponseWriter, r *http.Request) {
	endpoint := r.URL.Query().Get("authorization_endpoint")
	host, path, _ := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "/")
	if s.emulator.handlerFor(host) != s.emulator.entra {
		writeEntraError(w, r, entraError{http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."})
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
	if !strings.HasPrefix(host, "login.") {
		entries = append(entries, entry(host, host, host))
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + host + "/" + name + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  entries,
	})
}

// openIDConfiguration describes a tenant's endpoints, under the host that was asked.
func (s *entra) openIDConfiguration(w http.ResponseWriter, r *http.Request, name string, v2 bool) {
	tenantID, err := s.tenantID(name)
	if err != nil {
		writeEntraError(w, r, *err)
		return
	}
	base := "https://" + strings.TrimSuffix(r.Host, ":443") + "/" + tenantID
	version, keys, issuer := "", "/discovery/keys", issuerOf(tenantID)
	if v2 {
		version, keys, issuer = "/v2.0", "/discovery/v2.0/keys", base+"/v2.0"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                base + "/oauth2" + version + "/authorize",
		"token_endpoint":                        base + "/oauth2" + version + "/token",
		"device_authorization_endpoint":         base + "/oauth2" + version + "/devicecode",
		"end_session_endpoint":                  base + "/oauth2" + version + "/logout",
		"jwks_uri":                              "https://" + strings.TrimSuffix(r.Host, ":443") + "/" + tenantID + keys,
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "token id_token", "token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"cloud_instance_name":                   "microsoftonline.com",
		"tenant_region_scope":                   "EU",
	})
}

// tenantID turns a path's tenant into an id; "common" and "organizations" stay.
func (s *entra) tenantID(name string) (string, *entraError) {
	if name == "common" || name == "organizations" {
		return name, nil
	}
	if t := s.emulator.directory.tenant(name); t != nil {
		return t.id, nil
	}
	return "", unknownTenant(name)
}

// userRealm tells a client that a user signs in here, with a password.
func (s *entra) userRealm(w http.ResponseWriter, rest string) {
	_, user, _ := strings.Cut(rest, "/")
	_, domain, _ := strings.Cut(user, "@")
	kind := "Managed"
	if s.emulator.directory.tenant(domain) == nil {
		kind = "Unknown"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"ver": "1.0", "account_type": kind, "domain_name": domain,
		"cloud_instance_name": "microsoftonline.com", "cloud_audience_urn": "urn:federation:MicrosoftOnline",
	})
}

// writeJSON answers with a JSON document.
func writeJSON(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // fails only when the client went away
}
