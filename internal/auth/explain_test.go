package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestExplain_mistakes has the most likely mistake of each method that asks the
// authority, and what a person reads.
func TestExplain_mistakes(t *testing.T) {
	byName := map[string]signInCase{}
	for _, c := range signInCases(t) {
		byName[c.name] = c
	}
	tests := []struct {
		method, code, sentence string
		says                   []string
	}{
		{
			MethodSecret, "AADSTS7000215", "Invalid client secret provided.",
			[]string{"The client secret is wrong", "AADSTS7000215: Invalid client secret provided.", "client_secret", "not its id", "00000000-bbbb"},
		},
		{MethodSecret, "AADSTS7000222", "The provided client secret keys are expired.", []string{"secret has expired", "az ad app credential reset --id " + client}},
		{MethodSecret, "AADSTS700016", "Application with identifier 'x' was not found in the directory.", []string{"not known in the tenant", "client_id", tenant}},
		{MethodSecret, "AADSTS90002", "Tenant 'x' not found.", []string{"The tenant does not exist", "tenant_id", "environment"}},
		{MethodSecret, "AADSTS500011", "The resource principal named x was not found in the tenant.", []string{"does not know this Kusto", "tenant_id"}},
		{MethodSecret, "AADSTS99999", "Something new.", []string{"Could not sign in", "AADSTS99999: Something new."}},
		{MethodCertificate, "AADSTS700027", "The certificate with identifier used to sign the client assertion is not registered on application.", []string{"certificate is not the application's", "Upload"}},
		{MethodOIDCToken, "AADSTS700024", "Client assertion is not within its valid time range.", []string{"has expired", "oidc_token_file_path", "clock"}},
		{MethodOIDCTokenFile, "AADSTS700213", "No matching federated identity record found for presented assertion subject.", []string{"does not trust", "subject", entraAudience}},
		{MethodGitHub, "AADSTS700213", "No matching federated identity record found for presented assertion subject.", []string{"does not trust", "GitHub Actions"}},
		{MethodAzurePipelines, "AADSTS700024", "Client assertion is not within its valid time range.", []string{"has expired"}},
		{MethodAKS, "AADSTS700024", "Client assertion is not within its valid time range.", []string{"has expired"}},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.code, func(t *testing.T) {
			method := byName[test.method]
			for k, v := range method.env {
				t.Setenv(k, v)
			}
			s := newLoginStub(t)
			s.refuse(test.code, test.sentence)
			refuse := s.respond
			s.answer(func(w http.ResponseWriter, r *http.Request) bool { return identityProviders(w, r) || refuse(w, r) })
			text, err := refusalOf(t, newCredential(t, s, method.config))
			wantWords(t, text, test.says...)
			wantNoSecret(t, text+err.Error())
			var failed *SignInError
			if !errors.As(err, &failed) || failed.Code != test.code || failed.Temporary() || strings.Contains(failed.Message, "Trace ID") {
				t.Errorf("got %#v", err)
			}
		})
	}
}

// TestSignIn_errorsHoldNoSecret lets each method fail in every way an authority can.
func TestSignIn_errorsHoldNoSecret(t *testing.T) {
	token := fakeJWT(map[string]any{"tid": tenant})
	write := func(status int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Host != realHost || r.Method != http.MethodPost {
				return false
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body + r.PostForm.Encode()))
			return true
		}
	}
	answers := map[string]func(http.ResponseWriter, *http.Request) bool{
		"a token cut off":   write(200, `{"token_type":"Bearer","access_token":"`+token[:40]),
		"an opaque token":   write(200, `{"access_token":"opaque-horse","expires_in":`),
		"an echo":           write(400, "you sent "),
		"a page of a proxy": write(502, "<html>"+strings.Repeat("x", 1000)),
		"nothing":           write(500, ""),
		"a cut connection": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				panic(http.ErrAbortHandler)
			}
			return false
		},
	}
	for _, method := range signInCases(t) {
		for how, answer := range answers {
			t.Run(method.name+", "+how, func(t *testing.T) {
				for k, v := range method.env {
					t.Setenv(k, v)
				}
				s := newLoginStub(t)
				s.answer(func(w http.ResponseWriter, r *http.Request) bool { return identityProviders(w, r) || answer(w, r) })
				cred := newCredential(t, s, method.config)
				text, err := refusalOf(t, cred)
				wantNoSecret(t, fmt.Sprintf("%v %+v %s", err, err, text))
				for e := err; e != nil; e = errors.Unwrap(e) {
					wantNoSecret(t, e.Error())
				}
			})
		}
	}
}

func TestSignIn_identityProviderErrorsHoldNoSecret(t *testing.T) {
	for how, body := range map[string]string{"not JSON": federatedToken, "cut": `{"value":"` + federatedToken, "empty": `{}`} {
		t.Run(how, func(t *testing.T) {
			s := newLoginStub(t)
			s.answer(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Host != "actions.example.com" {
					return false
				}
				_, _ = w.Write([]byte(body))
				return true
			})
			cred := newCredential(t, s, Config{TenantID: tenant, ClientID: client, OIDCRequestURL: "https://actions.example.com/?t=" + secret, OIDCRequestToken: secret})
			text, err := refusalOf(t, cred)
			wantNoSecret(t, err.Error()+text)
		})
	}
}

func TestSignInError_temporary(t *testing.T) {
	tests := []struct {
		err  SignInError
		want bool
	}{
		{SignInError{StatusCode: 429}, true},
		{SignInError{StatusCode: 503}, true},
		{SignInError{StatusCode: 400, Code: "AADSTS90033"}, true},
		{SignInError{StatusCode: 401, Code: "AADSTS7000215"}, false},
		{SignInError{Message: "dial tcp: lookup login.microsoftonline.com: no such host"}, true},
		{SignInError{Message: "x509: certificate signed by unknown authority"}, false},
		{SignInError{Message: "executable not found on path"}, false},
	}
	for _, test := range tests {
		if got := test.err.Temporary(); got != test.want {
			t.Errorf("%v: temporary is %v", &test.err, got)
		}
	}
}

func TestSignInError_keepsRetryAfter(t *testing.T) {
	s := newLoginStub(t)
	s.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	_, err := refusalOf(t, newCredential(t, s, secretConfig()))
	var failed *SignInError
	if !errors.As(err, &failed) || failed.RetryAfter != 17*time.Second || !failed.Temporary() {
		t.Errorf("got %#v", err)
	}
}

func TestExplain_network(t *testing.T) {
	tests := []struct {
		name, message string
		says          []string
	}{
		{"untrusted certificate", "Post \"https://login.microsoftonline.com/x?a=b\": tls: failed to verify certificate: x509: certificate signed by unknown authority", []string{"not trusted", "SSL_CERT_FILE"}},
		{"proxy", "proxyconnect tcp: dial tcp 10.0.0.1:8080: connect: connection refused", []string{"proxy could not be reached", "HTTPS_PROXY"}},
		{"DNS", "dial tcp: lookup login.microsoftonline.com: no such host", []string{"could not be reached", "https://login.microsoftonline.com"}},
	}
	cred, err := New(secretConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			summary, detail := Explain(errors.New("ClientSecretCredential: "+test.message), cred)
			wantWords(t, summary+"\n"+detail, test.says...)
			if strings.Contains(detail, "a=b") {
				t.Errorf("the query of a URL is in:\n%s", detail)
			}
		})
	}
	t.Run("untrusted certificate, for real", func(t *testing.T) {
		s := newLoginStub(t)
		s.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = nil
		text, _ := refusalOf(t, newCredential(t, s, secretConfig()))
		wantWords(t, text, "not trusted", "SSL_CERT_FILE")
	})
	t.Run("interrupted", func(t *testing.T) {
		summary, _ := Explain(fmt.Errorf("reading: %w", context.Canceled), cred)
		wantWords(t, summary, "did not finish")
	})
}

func TestExplain_accessTokenExpired(t *testing.T) {
	cred, err := New(Config{AccessToken: fakeJWT(map[string]any{"tid": tenant, "exp": 1000000000})})
	if err != nil {
		t.Fatal(err)
	}
	text, err := refusalOf(t, cred)
	wantWords(t, text, "The access token has expired", "2001-09-09", "az account get-access-token")
	wantNoSecret(t, err.Error()+text)
}

func TestExplain_managedIdentity(t *testing.T) {
	managedIdentityStub(t, nil)
	t.Setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/none")
	cred, err := New(Config{UseMSI: ptr(true)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cred.Close)
	text, _ := refusalOf(t, cred)
	wantWords(t, text, "There is no managed identity here", "use_msi")
}
