// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	tenant      = "11111111-1111-1111-1111-111111111111"
	otherTenant = "22222222-2222-2222-2222-222222222222"
	client      = "33333333-3333-3333-3333-333333333333"
	secret      = "correct+horse/battery~staple"
	scope       = "https://kusto.kusto.windows.net/.default"
	realHost    = "login.microsoftonline.com"
)

// loginStub is a login host behind TLS that answers for every host name.
type loginStub struct {
	*httptest.Server
	client *http.Client

	mu       sync.Mutex
	requests []*http.Request // as received, forms parsed
	// respond, when set, answers instead; false passes the request on.
	respond func(http.ResponseWriter, *http.Request) bool
	// tokenHost is where the metadata says that tokens are given out.
	tokenHost string
	lifetime  time.Duration
}

func newLoginStub(t *testing.T) *loginStub {
	t.Helper()
	s := &loginStub{lifetime: time.Hour}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	transport := s.Server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // the name in httptest's certificate
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	s.client = &http.Client{Transport: transport}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func (s *loginStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.requests = append(s.requests, r)
	respond, tokenHost := s.respond, cmp.Or(s.tokenHost, r.Host)
	s.mu.Unlock()
	if respond != nil && respond(w, r) {
		return
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	base := "https://" + r.Host + "/" + tenant
	switch rest {
	case "discovery/instance":
		writeJSON(w, 200, map[string]any{
			"tenant_discovery_endpoint": "https://" + r.Host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
			"metadata":                  []any{map[string]any{"preferred_network": r.Host, "preferred_cache": r.Host, "aliases": []string{r.Host}}},
		})
	case "v2.0/.well-known/openid-configuration":
		writeJSON(w, 200, map[string]any{
			"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
			"token_endpoint": "https://" + tokenHost + "/" + tenant + "/oauth2/v2.0/token",
		})
	case "oauth2/v2.0/token":
		token := fakeJWT(map[string]any{"tid": tenant, "appid": r.PostForm.Get("client_id"), "idtyp": "app", "oid": client})
		writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": int(s.lifetime.Seconds()), "access_token": token})
	default:
		http.NotFound(w, r)
	}
}

func (s *loginStub) answer(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.respond = f
}

// refuse makes the token endpoint answer as Entra does.
func (s *loginStub) refuse(code, sentence string) {
	s.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		writeJSON(w, 401, map[string]any{
			"error":             "invalid_client",
			"error_description": code + ": " + sentence + " Trace ID: 00000000-aaaa Correlation ID: 00000000-bbbb Timestamp: 2026-01-01 00:00:00Z",
			"correlation_id":    "00000000-bbbb", "error_codes": []int{1},
		})
		return true
	})
}

// posts returns the requests that carried a form.
func (s *loginStub) posts() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var posts []*http.Request
	for _, r := range s.requests {
		if r.Method == http.MethodPost {
			posts = append(posts, r)
		}
	}
	return posts
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func fakeJWT(claims map[string]any) string {
	encode := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return encode(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + encode(claims) + ".c2lnbmF0dXJl"
}

// atStub makes a credential that signs in at the stub, without azcore's retries.
func atStub(t *testing.T, s *loginStub, c Config) *Credential {
	t.Helper()
	return atStubRetrying(t, s, c, policy.RetryOptions{MaxRetries: -1})
}

func atStubRetrying(t *testing.T, s *loginStub, c Config, retry policy.RetryOptions) *Credential {
	t.Helper()
	s.client.CheckRedirect = sameHostOnly
	cred, err := newCredential(c, &builder{client: s.client, retry: retry})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return cred
}

func options(tenant string) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: tenant}
}

// signIn gets a token and returns who it says the caller is.
func signIn(t *testing.T, cred *Credential) Caller {
	t.Helper()
	token, err := cred.GetToken(t.Context(), options(""))
	if err != nil {
		t.Fatalf("GetToken: %v", err)
	}
	caller, err := CallerOf(token.Token)
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

func ptr[T any](v T) *T { return &v }

// environment is a lookup function over a map.
func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// secretConfig is the plainest configuration that works.
func secretConfig() Config {
	return Config{TenantID: tenant, ClientID: client, ClientSecret: secret}
}

// refusalOf fails to get a token, and returns what a person reads and the error.
func refusalOf(t *testing.T, cred *Credential) (string, error) {
	t.Helper()
	_, err := cred.GetToken(t.Context(), options(""))
	if err == nil {
		t.Fatal("GetToken succeeded")
	}
	summary, detail := Explain(err, cred)
	return fmt.Sprintf("%s\n%s", summary, detail), err
}
