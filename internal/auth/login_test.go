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
	// assertion is what the authority must be shown, where it is known beforehand.
	assertion string
}

const federatedToken = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZXBvIn0.eA"

func signInCases(t *testing.T) []signInCase {
	t.Helper()
	file := writeFile(t, "token", federatedToken+"\n")
	app := func(c Config) Config { c.TenantID, c.ClientID = tenant, client; return c }
	pfx := certificateFiles()["PFX, modern"]
	return []signInCase{
		{MethodSecret, secretConfig(), nil, ""},
		{MethodCertificate, app(Config{ClientCertificatePath: writeFile(t, "c.pfx", string(pfx.content)), ClientCertificatePassword: pfx.password}), nil, ""},
		{MethodOIDCToken, app(Config{UseOIDC: ptr(true), OIDCToken: federatedToken}), nil, federatedToken},
		{MethodOIDCTokenFile, app(Config{UseOIDC: ptr(true), OIDCTokenFilePath: file}), nil, federatedToken},
		{MethodGitHub, app(Config{UseOIDC: ptr(true), OIDCRequestURL: "https://actions.example.com/token?api-version=2", OIDCRequestToken: secret}), nil, federatedToken},
		{
			MethodAzurePipelines, app(Config{ADOPipelineServiceConnectionID: "connection", OIDCRequestToken: secret}),
			map[string]string{"SYSTEM_OIDCREQUESTURI": "https://dev.azure.com/org/oidctoken"}, federatedToken,
		},
		{MethodAKS, app(Config{UseAKSWorkloadIdentity: ptr(true), OIDCTokenFilePath: file}), nil, federatedToken},
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

func TestSignIn_eachMethod(t *testing.T) {
	for _, test := range signInCases(t) {
		t.Run(test.name, func(t *testing.T) {
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			s := newLoginStub(t)
			s.answer(identityProviders)
			cred := newCredential(t, s, test.config)
			if cred.Method() != test.name {
				t.Fatalf("chose %s", cred.Method())
			}
			if caller := signIn(t, cred); caller.ClientID != client || caller.TenantID != tenant || !caller.IsApp {
				t.Errorf("signed in as %+v", caller)
			}
			last := s.posts()[len(s.posts())-1]
			if last.Host != realHost {
				t.Errorf("credentials were sent to %s", last.Host)
			}
			form := formOf(last)
			if form.Get("scope") == "" || !strings.Contains(form.Get("scope"), scope) {
				t.Errorf("scope %q", form.Get("scope"))
			}
			if test.assertion != "" && strings.TrimSpace(form.Get("client_assertion")) != test.assertion {
				t.Errorf("assertion %q", form.Get("client_assertion"))
			}
		})
	}
}

func TestSignIn_readsTheTokenFileEachTime(t *testing.T) {
	s := newLoginStub(t)
	file := writeFile(t, "token", "first")
	cred := newCredential(t, s, Config{TenantID: tenant, ClientID: client, OIDCTokenFilePath: file})
	signIn(t, cred)
	if err := os.WriteFile(file, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	cred.Refresh()
	signIn(t, cred)
	var shown []string
	for _, r := range s.posts() {
		shown = append(shown, formOf(r).Get("client_assertion"))
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
			signIn(t, newCredential(t, s, test.config))
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
	cred := newCredential(t, s, c)
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
	cred, err := New(Config{AccessToken: "Bearer " + fakeJWT(said) + "\n"})
	if err != nil {
		t.Fatal(err)
	}
	if caller := signIn(t, cred); caller.TenantID != tenant || cred.TenantID() != tenant {
		t.Errorf("caller %+v, tenant %s", caller, cred.TenantID())
	}
	if _, err := cred.GetToken(t.Context(), options(otherTenant)); err == nil {
		t.Error("it answered for another tenant")
	}
	cred.Refresh()
	signIn(t, cred)

	opaque, err := New(Config{AccessToken: "opaque", TenantID: tenant})
	if err != nil {
		t.Fatal(err)
	}
	if token, err := opaque.GetToken(t.Context(), options(tenant)); err != nil || token.Token != "opaque" {
		t.Errorf("got %v, %v", token.Token, err)
	}
}

// managedIdentityStub is the endpoint that App Service gives its applications.
func managedIdentityStub(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL)
	t.Setenv("IDENTITY_HEADER", secret)
}

func TestSignIn_managedIdentity(t *testing.T) {
	for name, id := range map[string]string{"system-assigned": "", "user-assigned": client} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			managedIdentityStub(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.Header.Get("X-IDENTITY-HEADER") != secret || r.URL.Query().Get("resource") != strings.TrimSuffix(scope, "/.default") ||
					r.URL.Query().Get("client_id") != id {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				writeJSON(w, 200, map[string]any{"access_token": fakeJWT(map[string]any{"tid": tenant, "appid": client}), "expires_on": "4102444800", "token_type": "Bearer"})
			})
			s := newLoginStub(t)
			plain := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
			t.Cleanup(plain.CloseIdleConnections)
			s.client = plain
			cred := newCredential(t, s, Config{UseMSI: ptr(true), ClientID: id})
			t.Cleanup(cred.Close)
			if caller := signIn(t, cred); caller.ClientID != client {
				t.Errorf("signed in as %+v", caller)
			}
			cred.Refresh()
			signIn(t, cred)
			if n := asked.Load(); n != 2 {
				t.Errorf("the endpoint was asked %d times, want 2", n)
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
			cred, err := New(c, withClient(s.client), func(b *builder) { b.retry = policy.RetryOptions{RetryDelay: 1} })
			if err != nil {
				t.Fatal(err)
			}
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
	cred := newCredential(t, s, Config{TenantID: tenant, ClientID: client, OIDCRequestURL: "https://actions.example.com/?x=1", OIDCRequestToken: secret})
	text, _ := refusalOf(t, cred)
	wantWords(t, text, "Could not get the job's OIDC token", "302", "id-token: write")
	for _, r := range s.requests {
		if r.Host == "evil.example.com" {
			t.Error("the redirect was followed")
		}
	}
}
