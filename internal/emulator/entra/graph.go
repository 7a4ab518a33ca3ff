// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// graphHosts are the hosts of Microsoft Graph.
var graphHosts = []string{"graph.microsoft.com", "graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}

// maxGraphBody is the largest request to Microsoft Graph, in bytes.
const maxGraphBody = 1 << 20

// graph answers what the Azure CLI asks for `az ad sp create-for-rbac` and `az ad app
// delete`. An application and its service principal are one object here, with one id.
func (s *Server) graph() http.Handler {
	audiences := map[string]bool{}
	for _, host := range graphHosts {
		audiences["https://"+host] = true
	}
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(graphCall){
		"GET /v1.0/applications":                      graphCall.list,
		"POST /v1.0/applications":                     graphCall.create,
		"GET /v1.0/applications/{id}":                 graphCall.get,
		"PATCH /v1.0/applications/{id}":               graphCall.patch,
		"DELETE /v1.0/applications/{id}":              graphCall.remove,
		"POST /v1.0/applications/{id}/addPassword":    graphCall.addPassword,
		"POST /v1.0/applications/{id}/removePassword": graphCall.removePassword,
		"GET /v1.0/servicePrincipals":                 graphCall.list,
		"POST /v1.0/servicePrincipals":                graphCall.createServicePrincipal,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			claims, err := s.tokens.verify(bearer(r), audiences)
			if err != nil {
				writeARMError(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is invalid: "+err.Error())
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, maxGraphBody)
			serve(graphCall{s.directory, claims.TenantID, w, r})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeARMError(w, http.StatusNotFound, "Request_ResourceNotFound", "kusto-emulator does not serve "+r.Method+" "+r.URL.Path+" of Microsoft Graph. "+
			"It serves what az ad sp create-for-rbac and az ad app delete need.")
	})
	return mux
}

// graphCall is one request to Microsoft Graph.
type graphCall struct {
	directory *Directory
	tenantID  string
	w         http.ResponseWriter
	r         *http.Request
}

// graphFilter is what the Azure CLI asks for: a field and the value that it has, or begins with.
var graphFilter = regexp.MustCompile(`^(?:startswith\((displayName),'(.*)'\)|(displayName|appId) eq '(.*)'|(servicePrincipalNames)/any\(c:c eq '(.*)'\))$`)

func (c graphCall) list() {
	found := graphFilter.FindStringSubmatch(c.r.URL.Query().Get("$filter"))
	if found == nil {
		writeARMError(c.w, http.StatusBadRequest, "Request_UnsupportedQuery", "kusto-emulator does not know this $filter.")
		return
	}
	value := strings.ReplaceAll(found[2]+found[4]+found[6], "''", "'")
	matches := func(p *Principal) bool { return strings.EqualFold(p.AppID, value) }
	switch {
	case found[1] != "":
		matches = func(p *Principal) bool {
			return strings.HasPrefix(strings.ToLower(p.DisplayName), strings.ToLower(value))
		}
	case found[3] == "displayName":
		matches = func(p *Principal) bool { return strings.EqualFold(p.DisplayName, value) }
	}
	list := []any{}
	for _, p := range c.directory.Principals() {
		if p.Kind == App && p.TenantID == c.tenantID && matches(p) {
			list = append(list, c.directory.graphObject(p))
		}
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"value": list})
}

func (c graphCall) create() {
	var body struct {
		DisplayName string `json:"displayName"`
	}
	if !c.read(&body) {
		return
	}
	p := c.directory.Add(c.tenantID, &Principal{Kind: App, AppID: uuid.NewString(), DisplayName: body.DisplayName})
	writeJSON(c.w, http.StatusCreated, c.directory.graphObject(p))
}

// createServicePrincipal has nothing to do: the application is its service principal.
func (c graphCall) createServicePrincipal() {
	var body struct {
		AppID string `json:"appId"`
	}
	if !c.read(&body) {
		return
	}
	p := c.directory.Lookup(body.AppID)
	if p == nil || p.Kind != App || p.TenantID != c.tenantID {
		writeARMError(c.w, http.StatusBadRequest, "Request_BadRequest", "The appId '"+body.AppID+"' does not reference a valid application object.")
		return
	}
	writeJSON(c.w, http.StatusCreated, c.directory.graphObject(p))
}

func (c graphCall) get() {
	if p := c.application(); p != nil {
		writeJSON(c.w, http.StatusOK, c.directory.graphObject(p))
	}
}

// patch accepts everything and changes nothing: the Azure CLI patches an application that is
// already there to be what it was.
func (c graphCall) patch() {
	if c.application() != nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
}

func (c graphCall) remove() {
	if p := c.application(); p != nil {
		c.directory.Remove(p)
		c.w.WriteHeader(http.StatusNoContent)
	}
}

func (c graphCall) addPassword() {
	var body struct {
		PasswordCredential struct {
			DisplayName string    `json:"displayName"`
			EndDateTime time.Time `json:"endDateTime"`
		} `json:"passwordCredential"`
	}
	p := c.application()
	if p == nil || !c.read(&body) {
		return
	}
	secret := "not-a-secret-" + uuid.NewString()
	c.directory.mu.Lock()
	p.Secrets = append(p.Secrets, secret)
	c.directory.mu.Unlock()
	answer := passwordCredential(secret)
	answer["secretText"], answer["displayName"], answer["endDateTime"] = secret, body.PasswordCredential.DisplayName, body.PasswordCredential.EndDateTime
	writeJSON(c.w, http.StatusOK, answer)
}

func (c graphCall) removePassword() {
	var body struct {
		KeyID string `json:"keyId"`
	}
	p := c.application()
	if p == nil || !c.read(&body) {
		return
	}
	c.directory.mu.Lock()
	p.Secrets = slices.DeleteFunc(slices.Clone(p.Secrets), func(secret string) bool { return passwordCredential(secret)["keyId"] == body.KeyID })
	c.directory.mu.Unlock()
	c.w.WriteHeader(http.StatusNoContent)
}

// application is the one whose id is in the path. Without one, it answers and returns nil.
func (c graphCall) application() *Principal {
	id := c.r.PathValue("id")
	p := c.directory.Lookup(id)
	if p == nil || p.Kind != App || p.TenantID != c.tenantID || !strings.EqualFold(p.ObjectID, id) {
		writeARMError(c.w, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+id+"' does not exist or one of its queried reference-property objects are not present.")
		return nil
	}
	return p
}

// read reads the body. If it cannot, it answers and returns false.
func (c graphCall) read(body any) bool {
	err := json.NewDecoder(c.r.Body).Decode(body)
	if err != nil {
		writeARMError(c.w, http.StatusBadRequest, "BadRequest", "Unable to read JSON request payload: "+err.Error())
	}
	return err == nil
}

// graphObject is an application and its service principal, as Microsoft Graph writes both.
func (d *Directory) graphObject(p *Principal) map[string]any {
	d.mu.RLock()
	defer d.mu.RUnlock()
	passwords := []any{}
	for _, secret := range p.Secrets {
		passwords = append(passwords, passwordCredential(secret))
	}
	return map[string]any{
		"id": p.ObjectID, "appId": p.AppID, "displayName": p.DisplayName, "signInAudience": "AzureADMyOrg", "appOwnerOrganizationId": p.TenantID,
		"identifierUris": []any{}, "servicePrincipalNames": []string{p.AppID}, "keyCredentials": []any{}, "passwordCredentials": passwords,
	}
}

// passwordCredential names a secret without telling it.
func passwordCredential(secret string) map[string]any {
	return map[string]any{"keyId": uuid.NewSHA1(uuid.NameSpaceOID, []byte(secret)).String(), "hint": secret[:min(3, len(secret))]}
}
