// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/httpclient"
)

func TestExplain_namesTheReasonForEachCode(t *testing.T) {
	tests := []struct {
		method, code string
		says         []string
	}{
		{methodSecret, "AADSTS7000215", []string{"The client secret is wrong", "client_secret", "not its id"}},
		{methodSecret, "AADSTS7000222", []string{"secret has expired", "az ad app credential reset --id " + client}},
		{methodSecret, "AADSTS700016", []string{"not known in the tenant", "client_id", tenant}},
		{methodSecret, "AADSTS90002", []string{"The tenant does not exist", "tenant_id", "environment"}},
		{methodSecret, "AADSTS500011", []string{"does not know this Kusto", "tenant_id"}},
		{methodSecret, "AADSTS99999", []string{"Could not sign in"}},
		{methodCertificate, "AADSTS700027", []string{"certificate does not match the application", "Upload"}},
		{methodOIDCToken, "AADSTS700024", []string{"has expired", "oidc_token_file_path", "clock"}},
		{methodGitHub, "AADSTS700213", []string{"does not trust", "subject", entraAudience, "GitHub Actions"}},
		{methodAzureCLI, "AADSTS65001", []string{"Consent required", "az login --tenant " + tenant + " --scope https://kusto.kusto.windows.net/.default", "administrator"}},
		{methodAzureCLI, "AADSTS650057", []string{"no permission for Kusto", "Azure Data Explorer", "user_impersonation"}},
		{methodSecret, "AADSTS53003", []string{"Conditional Access policy blocks", "administrator", "sign-in logs"}},
		{methodAzureCLI, "AADSTS50020", []string{"account does not exist in the tenant", "tenant_id", "guest", "az login --tenant " + tenant}},
		{methodAzureCLI, "AADSTS50079", []string{"Interactive sign-in required", "Run: az login --tenant " + tenant}},
		{methodAzureCLI, "AADSTS50076", []string{"Interactive sign-in required", "Run: az login --tenant " + tenant}},
	}
	cred := configured(t, secretConfig())
	for _, test := range tests {
		t.Run(test.method+" "+test.code, func(t *testing.T) {
			summary, detail := Explain(&SignInError{Method: test.method, Code: test.code, Message: "What Entra said."}, cred)
			wantWords(t, summary+"\n"+detail, append(test.says, test.code+": What Entra said.")...)
			if strings.Contains(detail, "{") {
				t.Errorf("a placeholder is left in:\n%s", detail)
			}
		})
	}
}

// Microsoft adds codes to a family. The number after the family's digits says which policy.
func TestExplain_knowsAFamilyOfCodesByItsFirstDigits(t *testing.T) {
	cred := configured(t, secretConfig())
	for summary, codes := range map[string][]int{
		"A Conditional Access policy blocks the sign-in": {
			53000, 53001, 53002, 53003, 53004, 53009, 53010, 53011, 53012, 53099, 530001, 530003, 530004, 530021, 530032, 530034, 530035, 530099,
			50005, 50097, 50129, 50131, 50155, 50187,
		},
		"Interactive sign-in required": {
			50072, 50074, 50076, 50078, 50079, 50125, 50132, 50133, 50158, 50173, 70008, 70043, 70044, 700082, 700084, 500121, 50055, 50144,
		},
		"Could not sign in": {53100, 54000, 54005, 153003, 500051, 5007600},
	} {
		for _, code := range codes {
			e := &SignInError{Method: methodAzureCLI, Code: fmt.Sprintf("AADSTS%d", code), Message: "What Entra said."}
			got, detail := Explain(e, cred)
			if got != summary || !strings.Contains(detail, e.Code+": What Entra said.") {
				t.Errorf("%d: %s, want %s\n%s", code, got, summary, detail)
			}
		}
	}
}

func TestExplain_keepsTheSentenceOfTheIdentityProvider(t *testing.T) {
	const sentence = "TF400813: The user 'bob' is not authorized to access this resource."
	for name, body := range map[string]string{
		"Azure DevOps": `{"$id":"1","innerException":null,"message":"` + sentence + `","typeName":"Microsoft.TeamFoundation.UnauthorizedRequestException","errorCode":0}`,
		"text":         sentence,
		"a number":     `{"error":5,"message":"` + sentence + `"}`,
		"Entra's form": `{"error":"unauthorized_client","error_description":"` + sentence + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SYSTEM_OIDCREQUESTURI", "https://ci.example.com/token")
			for method, config := range map[string]Config{
				methodAzurePipelines: {ADOPipelineServiceConnectionID: "connection"},
				methodGitHub:         {UseOIDC: ptr(true), OIDCRequestURL: "https://ci.example.com/token"},
			} {
				config.TenantID, config.ClientID, config.OIDCRequestToken = tenant, client, secret
				s := newLoginStub(t)
				s.answer(func(w http.ResponseWriter, r *http.Request) bool {
					if r.Host != "ci.example.com" {
						return false
					}
					http.Error(w, body, http.StatusForbidden)
					return true
				})
				text, _ := refusalOf(t, atStub(t, s, config))
				wantWords(t, text, "Could not get the job's OIDC token", "403", method, sentence)
				if strings.ContainsAny(text, "{}$") {
					t.Errorf("the text has more than the sentence:\n%s", text)
				}
			}
		})
	}
}

func TestSignInError_hasCodeMessageAndCorrelationID(t *testing.T) {
	s := newLoginStub(t)
	s.refuse("AADSTS7000215", "Invalid client secret provided.")
	text, err := refusalOf(t, atStub(t, s, secretConfig()))
	wantWords(t, text, "AADSTS7000215: Invalid client secret provided.", "Correlation id, for Microsoft's support: 00000000-bbbb")
	wantNoSecret(t, text+err.Error())
	var failed *SignInError
	if !errors.As(err, &failed) || failed.StatusCode != http.StatusUnauthorized || failed.Temporary() || strings.Contains(failed.Message, "Trace ID") {
		t.Errorf("got %#v", err)
	}
}

// TestSignInError_containsNoSecret lets each method fail in every way an authority can.
func TestSignInError_containsNoSecret(t *testing.T) {
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
		"truncated token":   write(200, `{"token_type":"Bearer","access_token":"`+token[:40]),
		"opaque token":      write(200, `{"access_token":"opaque-horse","expires_in":`),
		"echo":              write(400, "you sent "),
		"page of a proxy":   write(502, "<html>"+strings.Repeat("x", 1000)),
		"empty response":    write(500, ""),
		"closed connection": closeConnection,
	}
	for _, method := range signInCases(t) {
		for how, answer := range answers {
			t.Run(method.name+", "+how, func(t *testing.T) {
				for k, v := range method.env {
					t.Setenv(k, v)
				}
				s := newLoginStub(t)
				s.answer(func(w http.ResponseWriter, r *http.Request) bool { return identityProviders(w, r) || answer(w, r) })
				text, err := refusalOf(t, atStub(t, s, method.config))
				wantNoSecret(t, fmt.Sprintf("%v %+v %s", err, err, text))
				for e := err; e != nil; e = errors.Unwrap(e) {
					wantNoSecret(t, e.Error())
				}
			})
		}
	}
	for how, body := range map[string]string{"not JSON": federatedToken, "truncated": `{"value":"` + federatedToken, "empty": `{}`} {
		t.Run("identity provider, "+how, func(t *testing.T) {
			s := newLoginStub(t)
			s.answer(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Host != "actions.example.com" {
					return false
				}
				_, _ = w.Write([]byte(body))
				return true
			})
			cred := atStub(t, s, Config{TenantID: tenant, ClientID: client, OIDCRequestURL: "https://actions.example.com/?t=" + secret, OIDCRequestToken: secret})
			text, err := refusalOf(t, cred)
			wantWords(t, text, "Could not get the job's OIDC token")
			wantNoSecret(t, err.Error()+text)
		})
	}
}

func closeConnection(_ http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPost {
		panic(http.ErrAbortHandler)
	}
	return false
}

// failedRequest is the error of net/http for a request that got no response.
func failedRequest(err error) error {
	return &url.Error{Op: "Post", URL: "https://login.example.com/x?a=b", Err: err}
}

func TestExplain_recognizesTransportErrors(t *testing.T) {
	refused := errors.New("connect: connection refused")
	tests := []struct {
		name      string
		method    string
		cause     error
		says      []string
		temporary bool
	}{
		{"untrusted certificate", methodSecret, &tls.CertificateVerificationError{Err: refused}, []string{"not trusted", "SSL_CERT_FILE"}, false},
		{"certificate file", methodSecret, &httpclient.CertificateFileError{File: "/proxy.pem", Err: errors.New("no certificates")},
			[]string{"SSL_CERT_FILE has no certificates", "SSL_CERT_FILE=/proxy.pem: no certificates"}, false},
		{"no proxy", methodSecret, &net.OpError{Op: "proxyconnect", Err: refused}, []string{"proxy could not be reached", "HTTPS_PROXY"}, true},
		{"proxy login", methodSecret, &httpclient.ProxyAuthenticationError{Proxy: "http://proxy"}, []string{"The proxy requires authentication", "HTTPS_PROXY"}, false},
		{"DNS", methodSecret, &net.DNSError{Err: "no such host"}, []string{"could not be reached", "https://login.example.com"}, true},
		{"no endpoint", methodManagedIdentity, &net.OpError{Op: "dial", Err: refused}, []string{"No managed identity available"}, false},
	}
	cred := configured(t, secretConfig())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cause := failedRequest(test.cause)
			err := newSignInError(test.method, nil, fmt.Errorf("ClientSecretCredential: %w", cause), cause)
			summary, detail := Explain(err, cred)
			wantWords(t, summary+"\n"+detail, test.says...)
			if strings.Contains(detail, "a=b") {
				t.Errorf("the query of a URL is in:\n%s", detail)
			}
			if err.Temporary() != test.temporary {
				t.Errorf("temporary is %v", err.Temporary())
			}
		})
	}
}

func TestExplain_recognizesRealTransportErrors(t *testing.T) {
	t.Run("untrusted certificate", func(t *testing.T) {
		s := newLoginStub(t)
		s.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = nil
		text, _ := refusalOf(t, atStub(t, s, secretConfig()))
		wantWords(t, text, "not trusted", "SSL_CERT_FILE")
	})
	t.Run("closed connection", func(t *testing.T) {
		s := newLoginStub(t)
		s.answer(closeConnection)
		text, err := refusalOf(t, atStub(t, s, secretConfig()))
		wantWords(t, text, "The login host could not be reached", "https://"+realHost)
		var failed *SignInError
		if !errors.As(err, &failed) || !failed.Temporary() {
			t.Errorf("got %#v, want a temporary error", err)
		}
	})
	t.Run("no managed identity", func(t *testing.T) {
		t.Setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/none")
		t.Setenv("IDENTITY_HEADER", secret)
		text, _ := refusalOf(t, configured(t, Config{UseMSI: ptr(true)}))
		wantWords(t, text, "No managed identity available", "use_msi")
	})
}

func TestExplain_interruption(t *testing.T) {
	summary, _ := Explain(fmt.Errorf("reading: %w", context.Canceled), configured(t, secretConfig()))
	wantWords(t, summary, "did not finish")
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
		{SignInError{Message: "executable not found on path"}, false},
	}
	for _, test := range tests {
		if got := test.err.Temporary(); got != test.want {
			t.Errorf("%v: temporary is %v", &test.err, got)
		}
	}
}

func TestExplain_accessTokenExpired(t *testing.T) {
	cred := configured(t, Config{AccessToken: fakeJWT(map[string]any{"tid": tenant, "exp": 1000000000})})
	text, err := refusalOf(t, cred)
	wantWords(t, text, "The access token has expired", "2001-09-09", "az account get-access-token --resource https://kusto.kusto.windows.net")
	wantNoSecret(t, err.Error()+text)
}
