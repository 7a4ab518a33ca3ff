// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

const graph = "https://graph.microsoft.com"

// request sends a request with a token and returns status and body.
func (s *fixture) request(method, address, token, body string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// The requests of `az ad sp create-for-rbac` and `az ad app delete`, in their order.
func TestGraph_createsAndDeletesAnApplication(t *testing.T) {
	s := newFixture(t)
	token := s.AppToken(s.Directory().App("ci-deployer"), graph, time.Hour)
	call := func(method, path, body string, want int) (object struct{ ID, AppID, SecretText, KeyID string }) {
		t.Helper()
		status, text := s.request(method, graph+"/v1.0"+path, token, body)
		if status != want {
			t.Fatalf("%s %s: %d %s", method, path, status, text)
		}
		_ = json.Unmarshal([]byte(text), &object) // not every answer has a body
		return object
	}
	app := call("POST", "/applications", `{"displayName": "new one"}`, 201)
	secret := call("POST", "/applications/"+app.ID+"/addPassword", `{"passwordCredential": {"displayName": "rbac"}}`, 200)
	call("POST", "/servicePrincipals", `{"appId": "`+app.AppID+`", "accountEnabled": true}`, 201)
	signIn := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.AppID}, "client_secret": {secret.SecretText}, "resource": {kusto}}
	const endpoint = "https://login.microsoftonline.com/contoso.com/oauth2/token"
	if status, body := s.form(endpoint, signIn); status != 200 {
		t.Errorf("the new application does not sign in: %v", body)
	}
	call("PATCH", "/applications/"+app.ID, `{}`, 204)
	call("POST", "/applications/"+app.ID+"/removePassword", `{"keyId": "`+secret.KeyID+`"}`, 204)
	if status, body := s.form(endpoint, signIn); status != 401 {
		t.Errorf("a removed password: %d %v", status, body)
	}
	call("DELETE", "/applications/"+app.ID, "", 204)
	call("GET", "/applications/"+app.ID, "", 404)
	call("POST", "/servicePrincipals", `{"appId": "`+app.AppID+`"}`, 400)
	call("POST", "/applications", `not JSON`, 400)
}

func TestGraph_findsApplicationsOfTheTenant(t *testing.T) {
	s := newFixture(t)
	s.Directory().AddApp(entra.FabrikamTenantID, "dashboard")
	token := s.AppToken(s.Directory().App("ci-deployer"), graph, time.Hour)
	for filter, want := range map[string]int{
		"startswith(displayName,'DASH')": 1, "displayName eq 'dashboard'": 1, "displayName eq 'dash'": 0, "displayName eq 'On-Call'": 0,
		"appId eq '" + entra.CIDeployerAppID + "'": 1, "servicePrincipalNames/any(c:c eq '" + entra.CIDeployerAppID + "')": 1,
		"endswith(displayName,'x')": -1, "": -1,
	} {
		status, text := s.request("GET", graph+"/v1.0/servicePrincipals?$filter="+url.QueryEscape(filter), token, "")
		var list struct{ Value []any }
		_ = json.Unmarshal([]byte(text), &list)
		if want < 0 && status != 400 || want >= 0 && (status != 200 || len(list.Value) != want) {
			t.Errorf("%s: %d %s", filter, status, text)
		}
	}
	if status, _ := s.request("GET", graph+"/v1.0/applications", s.token, ""); status != 401 {
		t.Errorf("a token for Kusto: %d", status)
	}
}

func TestEmulator_saysWhatItDoesNotServe(t *testing.T) {
	s := newFixture(t)
	const login = "https://login.microsoftonline.com/contoso.com"
	for _, c := range []struct {
		method, address, want string
		status                int
	}{
		{"POST", s.cluster.URI() + "/v1/rest/query", "runs no queries", 501},
		{"POST", s.cluster.URI() + "/v2/rest/query", "runs no queries", 501},
		{"GET", s.cluster.URI() + "/v1/rest/ingest/Samples/T", "kusto-emulator does not serve this path", 404},
		{"GET", login + "/reprocess", "kusto-emulator does not serve /contoso.com/reprocess", 404},
		{"GET", login + "/oauth2/v2.0/authorize", "no interactive sign-in", 404},
		{"POST", login + "/oauth2/v2.0/devicecode", "no device code", 200},
		{"GET", graph + "/v1.0/me", "kusto-emulator does not serve GET /v1.0/me of Microsoft Graph", 404},
		{"GET", s.ProxyURL() + "/_emulator/roles", "kusto-emulator serves GET /_emulator/grants", 404},
	} {
		client := s.client
		if strings.HasPrefix(c.address, "http:") { // of the proxy itself
			s.client = &http.Client{}
		}
		if status, text := s.request(c.method, c.address, "", ""); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d %s", c.address, status, text)
		}
		s.client.CloseIdleConnections()
		s.client = client
	}
	for _, grant := range []string{"authorization_code", "urn:ietf:params:oauth:grant-type:device_code"} {
		_, body := s.form(login+"/oauth2/v2.0/token", url.Values{"grant_type": {grant}, "client_id": {"any"}})
		if description, _ := body["error_description"].(string); !strings.Contains(description, "az login --username") {
			t.Errorf("%s: %v", grant, body)
		}
	}
}
