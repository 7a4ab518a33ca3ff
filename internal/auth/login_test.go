// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// signInCase is a method that signs in at the stub.
type signInCase struct {
	name   string
	config Config
	env    map[string]string // of the process
}

const federatedToken = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZXBvIn0.eA"

func signInCases(t *testing.T) []signInCase {
	t.Helper()
	file := writeFile(t, "token", federatedToken+"\n")
	app := func(c Config) Config { c.TenantID, c.ClientID = tenant, client; return c }
	pfx := certificateFiles()["PFX, modern"]
	return []signInCase{
		{methodSecret, secretConfig(), nil},
		{methodCertificate, app(Config{ClientCertificatePath: writeFile(t, "c.pfx", string(pfx.content)), ClientCertificatePassword: pfx.password}), nil},
		{methodOIDCToken, app(Config{UseOIDC: ptr(true), OIDCToken: federatedToken}), nil},
		{methodOIDCTokenFile, app(Config{UseOIDC: ptr(true), OIDCTokenFilePath: file}), nil},
		{methodGitHub, app(Config{UseOIDC: ptr(true), OIDCRequestURL: "https://actions.example.com/token?api-version=2", OIDCRequestToken: secret}), nil},
		{
			methodAzurePipelines, app(Config{ADOPipelineServiceConnectionID: "connection", OIDCRequestToken: secret}),
			map[string]string{"SYSTEM_OIDCREQUESTURI": "https://dev.azure.com/org/oidctoken"},
		},
		{methodAKS, app(Config{UseAKSWorkloadIdentity: ptr(true), OIDCTokenFilePath: file}), nil},
	}
}

// identityProviders answers for GitHub Actions and Azure Pipelines.
func identityProviders(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.Host == "actions.example.com" && r.Header.Get("Authorization") == "Bearer "+secret &&
		r.URL.Query().Get("audience") == entraAudience && r.URL.Query().Get("api-version") == "2":
		writeJSON(w, 200, map[string]any{"count": 1, "value": federatedToken})
		return true
	case r.Host == "dev.azure.com" && r.Header.Get("Authorization") == "Bearer "+secret &&
		r.URL.Query().Get("serviceConnectionId") == "connection":
		writeJSON(w, 200, map[string]any{"oidcToken": federatedToken})
		return true
	}
	return false
}

func TestSignIn_readsTheTokenFileEachTime(t *testing.T) {
	s := newLoginStub(t)
	file := writeFile(t, "token", "first")
	cred := atStub(t, s, Config{TenantID: tenant, ClientID: client, OIDCTokenFilePath: file})
	signIn(t, cred)
	if err := os.WriteFile(file, []byte("\ufeffsecond\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cred.Refresh()
	signIn(t, cred)
	var shown []string
	for _, r := range s.posts() {
		shown = append(shown, r.PostForm.Get("client_assertion"))
	}
	if !slices.Equal(shown, []string{"first", "second"}) {
		t.Errorf("showed %v", shown)
	}
}

func TestSignIn_clouds(t *testing.T) {
	tests := []struct {
		config    Config
		host      string
		discovery bool // asks Microsoft whether the host is an authority
	}{
		{Config{}, "login.microsoftonline.com", true},
		{Config{Environment: "usgovernment"}, "login.microsoftonline.us", true},
		{Config{AuthorityHost: "https://login.example.com"}, "login.example.com", false},
	}
	for _, test := range tests {
		t.Run(test.host, func(t *testing.T) {
			s := newLoginStub(t)
			test.config.TenantID, test.config.ClientID, test.config.ClientSecret = tenant, client, secret
			signIn(t, atStub(t, s, test.config))
			discovery := false
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, r := range s.requests {
				discovery = discovery || strings.Contains(r.URL.Path, "discovery/instance")
				if r.Host != test.host {
					t.Errorf("%s %s was asked", r.Host, r.URL.Path)
				}
			}
			if discovery != test.discovery {
				t.Errorf("instance discovery is %v", discovery)
			}
		})
	}
}

func TestSignIn_auxiliaryTenants(t *testing.T) {
	s := newLoginStub(t)
	c := secretConfig()
	c.AuxiliaryTenantIDs = []string{otherTenant}
	cred := atStub(t, s, c)
	token, err := cred.GetToken(t.Context(), options(otherTenant))
	if err != nil {
		t.Fatal(err)
	}
	if caller, _ := CallerOf(token.Token); caller.TenantID != otherTenant {
		t.Errorf("got a token of %s", caller.TenantID)
	}
	_, err = cred.GetToken(t.Context(), options("third.example.com"))
	if err == nil {
		t.Fatal("a tenant that is not listed was allowed")
	}
	_, detail := Explain(err, cred)
	wantWords(t, detail, "third.example.com", "auxiliary_tenant_ids")
}

func TestSignIn_accessToken(t *testing.T) {
	said := map[string]any{"tid": tenant, "oid": client, "exp": 4102444800}
	cred := configured(t, Config{AccessToken: "Bearer " + fakeJWT(said) + "\n"})
	if caller := signIn(t, cred); caller.TenantID != tenant {
		t.Errorf("signed in as %+v", caller)
	}
	if _, err := cred.GetToken(t.Context(), options(otherTenant)); err == nil {
		t.Error("it answered for another tenant")
	}
	cred.Refresh()
	signIn(t, cred)

	opaque := configured(t, Config{AccessToken: "opaque", TenantID: tenant})
	if token, err := opaque.GetToken(t.Context(), options(tenant)); err != nil || token.Token != "opaque" {
		t.Errorf("got %v, %v", token.Token, err)
	}
}

func TestSignIn_managedIdentity(t *testing.T) {
	for name, id := range map[string]string{"system-assigned": "", "user-assigned": client} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.Header.Get("X-IDENTITY-HEADER") != secret || r.URL.Query().Get("resource") != strings.TrimSuffix(scope, "/.default") ||
					r.URL.Query().Get("client_id") != id {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				writeJSON(w, 200, map[string]any{"access_token": fakeJWT(map[string]any{"tid": tenant, "appid": client}), "expires_on": "4102444800", "token_type": "Bearer"})
			}))
			t.Cleanup(endpoint.Close)
			t.Setenv("IDENTITY_ENDPOINT", endpoint.URL)
			t.Setenv("IDENTITY_HEADER", secret)
			cred := configured(t, Config{UseMSI: ptr(true), ClientID: id})
			if caller := signIn(t, cred); caller.ClientID != client {
				t.Errorf("signed in as %+v", caller)
			}
			cred.Refresh()
			signIn(t, cred)
			if n := asked.Load(); n != 2 {
				t.Errorf("the endpoint received %d requests, want 2", n)
			}
		})
	}
}

func TestSignIn_refusesToSendSecretsElsewhere(t *testing.T) {
	redirect := func(to string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || r.Host != realHost {
				return false
			}
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return true
		}
	}
	tests := []struct {
		name      string
		answer    func(http.ResponseWriter, *http.Request) bool
		tokenHost string
		config    func(*Config)
	}{
		{"redirect to another host", redirect("https://evil.example.com/token"), "", nil},
		{"redirect to a look-alike", redirect("https://login.microsoftonline.com.evil.example.com/token"), "", nil},
		{"redirect to plain http", redirect("http://login.microsoftonline.com/token"), "", nil},
		{"token endpoint on another host", nil, "evil.example.com", nil},
		{"token endpoint of a custom authority on another host", nil, realHost, func(c *Config) { c.AuthorityHost = "https://login.example.com" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newLoginStub(t)
			s.tokenHost = test.tokenHost
			s.answer(test.answer)
			c := secretConfig()
			if test.config != nil {
				test.config(&c)
			}
			// With azcore's retries on: a refusal must not be tried again.
			cred := atStubRetrying(t, s, c, policy.RetryOptions{RetryDelay: 1})
			text, err := refusalOf(t, cred)
			wantWords(t, text, "Refused to send credentials", "authority_host")
			wantNoSecret(t, err.Error()+text)
			for _, r := range s.posts() {
				if r.Host != realHost || test.tokenHost != "" {
					t.Errorf("a secret was sent to %s", r.Host)
				}
			}
			if n := len(s.posts()); n > 1 {
				t.Errorf("tried %d times", n)
			}
		})
	}
}

func TestSignIn_gitHubRequestIsNotRedirected(t *testing.T) {
	s := newLoginStub(t)
	s.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Host == "actions.example.com" {
			http.Redirect(w, r, "https://evil.example.com/", http.StatusFound)
			return true
		}
		return false
	})
	cred := atStub(t, s, Config{TenantID: tenant, ClientID: client, OIDCRequestURL: "https://actions.example.com/?x=1", OIDCRequestToken: secret})
	text, _ := refusalOf(t, cred)
	wantWords(t, text, "Could not get the job's OIDC token", "302", "id-token: write")
	for _, r := range s.requests {
		if r.Host == "evil.example.com" {
			t.Error("the redirect was followed")
		}
	}
}
