package emulator

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxForm bounds a token request, in bytes.
const maxForm = 1 << 20

// token answers the v1 (resource=) and v2 (scope=) token endpoints.
func (s *entra) token(w http.ResponseWriter, r *http.Request, tenantName string, v2 bool) {
	if r.Method != http.MethodPost {
		writeEntraError(w, r, entraError{http.StatusMethodNotAllowed, "invalid_request", 900561, "The endpoint only accepts POST requests. Received a " + r.Method + " request."})
		return
	}
	// The REST documents post the form with curl -F, which is multipart.
	if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		writeEntraError(w, r, *missingParameter("grant_type"))
		return
	}
	form := r.PostForm
	special := s.answer(form.Get("client_id"))
	if special.Status != 0 {
		setRetryAfter(w.Header(), special.RetryAfter)
		writeEntraError(w, r, notNow(special.Status))
		return
	}
	grant, refusal := s.grant(r, form, tenantName, v2)
	if refusal != nil {
		writeEntraError(w, r, *refusal)
		return
	}
	s.writeToken(w, grant, v2, cmp.Or(special.Lifetime, s.emulator.tokens.tokenLifetime()))
}

// tokenGrant is who gets a token for what.
type tokenGrant struct {
	principal *Principal
	clientID  string
	resource  string
	scope     string
}

func (s *entra) grant(r *http.Request, form url.Values, tenantName string, v2 bool) (*tokenGrant, *entraError) {
	if form.Get("grant_type") == "" {
		return nil, missingParameter("grant_type")
	}
	if id, secret, ok := r.BasicAuth(); ok && form.Get("client_id") == "" {
		form.Set("client_id", id)
		form.Set("client_secret", secret)
	}
	if form.Get("client_id") == "" {
		return nil, missingParameter("client_id")
	}
	tenantID, refusal := s.tenantID(tenantName)
	if refusal != nil {
		return nil, refusal
	}
	resource, refusal := s.resource(form, tenantName, v2)
	if refusal != nil {
		return nil, refusal
	}
	g := &tokenGrant{clientID: form.Get("client_id"), resource: resource, scope: form.Get("scope")}
	switch grant := form.Get("grant_type"); grant {
	case "client_credentials":
		g.principal, refusal = s.client(form, tenantID, strings.TrimSuffix(r.Host, ":443"))
	case "password":
		g.principal, refusal = s.user(form)
	case "refresh_token":
		g.principal, refusal = s.refreshed(form)
	default:
		refusal = unsupportedGrant(grant)
	}
	return g, refusal
}

// resource finds out for what the token is asked and whether there is such a thing.
func (s *entra) resource(form url.Values, tenant string, v2 bool) (string, *entraError) {
	resource := form.Get("resource")
	if v2 {
		if form.Get("scope") == "" {
			return "", missingParameter("scope")
		}
		for scope := range strings.FieldsSeq(form.Get("scope")) {
			switch scope {
			case "openid", "profile", "offline_access", "email":
				continue
			}
			trimmed, isDefault := strings.CutSuffix(scope, "/.default")
			if !isDefault && form.Get("grant_type") == "client_credentials" {
				return "", badScope(scope)
			}
			if !isDefault {
				trimmed = scope[:strings.LastIndexByte(scope, '/')+1]
			}
			resource = trimmed
		}
	}
	if resource == "" {
		return "", missingParameter("resource")
	}
	if !s.knownResource(resource) {
		return "", unknownResource(resource, tenant)
	}
	return resource, nil
}

// kustoSuffixes are the domains under which clusters live, by the documents.
var kustoSuffixes = []string{
	".kusto.windows.net", ".kusto.fabric.microsoft.com", ".kusto.azuresynapse.net",
	".kusto.usgovcloudapi.net", ".kusto.chinacloudapi.cn", ".kustomfa.windows.net",
}

// managementResources are what the Azure CLI asks for when it signs in.
var managementResources = map[string]bool{
	"https://management.core.windows.net": true, "https://management.azure.com": true,
	"https://management.core.usgovcloudapi.net": true, "https://management.usgovcloudapi.net": true,
	"https://management.core.chinacloudapi.cn": true, "https://management.chinacloudapi.cn": true,
}

func (s *entra) knownResource(resource string) bool {
	resource = strings.ToLower(strings.TrimRight(resource, "/"))
	host, isHTTPS := strings.CutPrefix(resource, "https://")
	if !isHTTPS || strings.ContainsAny(host, "/?#@") {
		return false
	}
	for _, suffix := range kustoSuffixes {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return managementResources[resource] || s.emulator.cluster(host) != nil
}

// client authenticates an application by secret or assertion.
func (s *entra) client(form url.Values, tenantID, host string) (*Principal, *entraError) {
	d := s.emulator.directory
	clientID := form.Get("client_id")
	d.mu.RLock()
	p := d.byAppID[strings.ToLower(clientID)]
	d.mu.RUnlock()
	if p == nil || p.TenantID != tenantID {
		return nil, unknownApp(clientID, s.tenantName(tenantID))
	}
	if assertion := form.Get("client_assertion"); assertion != "" {
		return p, s.checkAssertion(p, assertion, tenantID, host)
	}
	secret := form.Get("client_secret")
	if secret == "" {
		return nil, missingCredential()
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	switch {
	case oneOf(p.Secrets, secret):
		return p, nil
	case oneOf(p.ExpiredSecrets, secret):
		return nil, expiredSecret(clientID)
	}
	return nil, wrongSecret(clientID)
}

func (s *entra) tenantName(id string) string {
	if t := s.emulator.directory.tenant(id); t != nil {
		return t.displayName
	}
	return id
}

func oneOf(known []string, secret string) bool {
	found := 0
	for _, k := range known {
		found |= subtle.ConstantTimeCompare([]byte(k), []byte(secret))
	}
	return found == 1
}

// writeToken answers with the token. v1 writes its numbers as strings.
func (s *entra) writeToken(w http.ResponseWriter, g *tokenGrant, v2 bool, lifetime time.Duration) {
	token := s.emulator.tokens.accessToken(g.principal, g.clientID, g.resource, lifetime)
	seconds := int(lifetime / time.Second)
	answer := map[string]any{"token_type": "Bearer", "access_token": token}
	if v2 {
		answer["expires_in"], answer["ext_expires_in"] = seconds, seconds
	} else {
		now := time.Now()
		answer["expires_in"], answer["ext_expires_in"] = strconv.Itoa(seconds), strconv.Itoa(seconds)
		answer["expires_on"] = strconv.FormatInt(now.Add(lifetime).Unix(), 10)
		answer["not_before"] = strconv.FormatInt(now.Unix(), 10)
		answer["resource"] = g.resource
	}
	if g.principal.Kind != App {
		s.addUserParts(answer, g, lifetime)
	}
	writeJSON(w, http.StatusOK, answer)
}
