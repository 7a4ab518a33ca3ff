// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxForm is the largest token request, in bytes.
const maxForm = 1 << 20

// token answers the v1 (resource=) and v2 (scope=) token endpoints.
func (s *Server) token(w http.ResponseWriter, r *http.Request, tenantName string, v2 bool) {
	if r.Method != http.MethodPost {
		writeError(w, r, &refusal{http.StatusMethodNotAllowed, "invalid_request", 900561, "The endpoint only accepts POST requests. Received a " + r.Method + " request."})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	// Microsoft's documents post the form with curl -F, which is multipart.
	err := r.ParseMultipartForm(maxForm) //nolint:gosec // MaxBytesReader limits the form
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		writeError(w, r, missingParameter("grant_type"))
		return
	}
	form := r.PostForm
	changed := s.intercepted(form.Get("client_id"))
	if changed.Status != 0 {
		if changed.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(changed.RetryAfter.Seconds()))))
		}
		writeError(w, r, transient(changed.Status))
		return
	}
	grant, refused := s.grant(r, form, tenantName, v2)
	if refused == nil && changed.AADSTS != 0 {
		refused = byPolicy(changed.AADSTS, grant, tenantName)
	}
	if refused != nil {
		writeError(w, r, refused)
		return
	}
	s.writeToken(w, grant, v2, cmp.Or(changed.Lifetime, s.tokens.lifetime))
}

// tokenGrant is a granted token request.
type tokenGrant struct {
	principal *Principal
	clientID  string
	resource  string
	scope     string
}

func (s *Server) grant(r *http.Request, form url.Values, tenantName string, v2 bool) (*tokenGrant, *refusal) {
	if form.Get("grant_type") == "" {
		return nil, missingParameter("grant_type")
	}
	switch form.Get("grant_type") {
	case "authorization_code", "device_code", "urn:ietf:params:oauth:grant-type:device_code":
		return nil, &refusal{http.StatusBadRequest, "invalid_grant", 70003, notInteractive}
	}
	if id, secret, ok := r.BasicAuth(); ok && form.Get("client_id") == "" {
		form.Set("client_id", id)
		form.Set("client_secret", secret)
	}
	if form.Get("client_id") == "" {
		return nil, missingParameter("client_id")
	}
	tenantID, refused := s.tenantID(tenantName)
	if refused != nil {
		return nil, refused
	}
	resource, refused := s.resource(form, tenantName, v2)
	if refused != nil {
		return nil, refused
	}
	g := &tokenGrant{clientID: form.Get("client_id"), resource: resource, scope: form.Get("scope")}
	switch grant := form.Get("grant_type"); grant {
	case "client_credentials":
		g.principal, refused = s.client(form, tenantID, strings.TrimSuffix(r.Host, ":443"))
	case "password":
		g.principal, refused = s.user(form)
	case "refresh_token":
		g.principal, refused = s.refreshed(form)
	default:
		refused = unsupportedGrant(grant)
	}
	return g, refused
}

// resource returns the audience of the requested token: resource= in v1, a scope in v2.
func (s *Server) resource(form url.Values, tenant string, v2 bool) (string, *refusal) {
	resource := form.Get("resource")
	if v2 {
		var refused *refusal
		if resource, refused = resourceOfScope(form); refused != nil {
			return "", refused
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

// resourceOfScope returns the resource in a v2 request's scope, "" if it has none but those of OpenID.
func resourceOfScope(form url.Values) (string, *refusal) {
	if form.Get("scope") == "" {
		return "", missingParameter("scope")
	}
	resource := ""
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
	return resource, nil
}

// kustoSuffixes are the domains of clusters in Microsoft's documents.
var kustoSuffixes = []string{
	".kusto.windows.net", ".kusto.fabric.microsoft.com", ".kusto.azuresynapse.net",
	".kusto.usgovcloudapi.net", ".kusto.chinacloudapi.cn",
	".kustomfa.windows.net", ".kustomfa.usgovcloudapi.net", ".kustomfa.chinacloudapi.cn",
}

// managementResources are the audiences of Azure Resource Manager, which the Azure CLI asks
// for when it signs in.
var managementResources = map[string]bool{
	"https://management.core.windows.net": true, "https://management.azure.com": true,
	"https://management.core.usgovcloudapi.net": true, "https://management.usgovcloudapi.net": true,
	"https://management.core.chinacloudapi.cn": true, "https://management.chinacloudapi.cn": true,
}

func (s *Server) knownResource(resource string) bool {
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
	s.mu.RLock()
	defer s.mu.RUnlock()
	return managementResources[resource] || slices.Contains(graphHosts, host) || s.resources[host]
}

// client authenticates an application by secret or assertion.
func (s *Server) client(form url.Values, tenantID, host string) (*Principal, *refusal) {
	d := s.directory
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

func (s *Server) tenantName(id string) string {
	if t := s.directory.tenant(id); t != nil {
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

// writeToken answers with the token. The v1 endpoint writes numbers as strings.
func (s *Server) writeToken(w http.ResponseWriter, g *tokenGrant, v2 bool, lifetime time.Duration) {
	token := s.tokens.accessToken(g.principal, g.clientID, g.resource, lifetime)
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
