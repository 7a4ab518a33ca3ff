// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// options are azidentity's, for the public cloud or a login host of another.
func (s *fixture) options(authority string) policy.ClientOptions {
	o := policy.ClientOptions{Transport: s.client, Retry: policy.RetryOptions{MaxRetries: -1}}
	if authority != "" {
		o.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: authority}
	}
	return o
}

// callerOf gets a token from a credential and asks the cluster who it is.
func (s *fixture) callerOf(t *testing.T, credential azcore.TokenCredential, err error) (string, error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{kusto + "/.default"}})
	if err != nil {
		return "", err
	}
	a, err := s.send(token.Token, "Samples", ".show database Samples principal roles")
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%v, %v", a, err)
	}
	commands := s.cluster.Commands()
	return commands[len(commands)-1].CallerFQN, nil
}

func certificate(t *testing.T) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func TestSignIn_withSecret(t *testing.T) {
	for name, c := range map[string]struct{ tenant, app, secret, authority, want string }{
		"tenant by id":     {entra.ContosoTenantID, entra.CIDeployerAppID, entra.CIDeployerSecret, "", ""},
		"tenant by domain": {"contoso.onmicrosoft.com", entra.CIDeployerAppID, entra.CIDeployerSecret, "", ""},
		"US government":    {entra.ContosoTenantID, entra.CIDeployerAppID, entra.CIDeployerSecret, "https://login.microsoftonline.us/", ""},
		"China":            {entra.ContosoTenantID, entra.CIDeployerAppID, entra.CIDeployerSecret, "https://login.chinacloudapi.cn/", ""},
		"own authority":    {entra.ContosoTenantID, entra.CIDeployerAppID, entra.CIDeployerSecret, "https://sts.contoso.example/", ""},
		"wrong secret":     {entra.ContosoTenantID, entra.CIDeployerAppID, "wrong", "", "AADSTS7000215"},
		"expired secret":   {entra.ContosoTenantID, entra.CIDeployerAppID, "not-a-secret-expired", "", "AADSTS7000222"},
		"unknown app":      {entra.ContosoTenantID, "00000000-0000-4000-8000-00000000ffff", "x", "", "AADSTS700016"},
		"another's tenant": {entra.FabrikamTenantID, entra.CIDeployerAppID, entra.CIDeployerSecret, "", "AADSTS700016"},
		"unknown tenant":   {"00000000-0000-4000-8000-00000000ffff", entra.CIDeployerAppID, "x", "", "AADSTS90002"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			s.AddAuthority("sts.contoso.example")
			cred, err := azidentity.NewClientSecretCredential(c.tenant, c.app, c.secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: s.options(c.authority)})
			caller, err := s.callerOf(t, cred, err)
			s.expect(t, caller, err, "ci-deployer", c.want)
		})
	}
}

// expect checks the caller, or that the error contains a text.
func (s *fixture) expect(t *testing.T, caller string, err error, name, wantError string) {
	t.Helper()
	if wantError != "" {
		if err == nil || !strings.Contains(err.Error(), wantError) {
			t.Errorf("got %s, %v; want an error with %s", caller, err, wantError)
		}
		return
	}
	if err != nil || caller != s.Directory().Must(name).FQN() {
		t.Errorf("got %s, %v; want %s", caller, err, name)
	}
}

func TestSignIn_withCertificate(t *testing.T) {
	known, key := certificate(t)
	other, otherKey := certificate(t)
	for name, c := range map[string]struct {
		certificate *x509.Certificate
		key         *rsa.PrivateKey
		sendChain   bool
		want        string
	}{
		"registered":     {known, key, false, ""},
		"with the chain": {known, key, true, ""},
		"not registered": {other, otherKey, false, "AADSTS700027"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			s.Directory().AddCertificate(s.Directory().Must("dashboard"), known)
			cred, err := azidentity.NewClientCertificateCredential("contoso.com", s.Directory().Must("dashboard").AppID, []*x509.Certificate{c.certificate}, c.key,
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: s.options(""), SendCertificateChain: c.sendChain})
			caller, err := s.callerOf(t, cred, err)
			s.expect(t, caller, err, "dashboard", c.want)
		})
	}
}

func TestSignIn_withFederatedToken(t *testing.T) {
	const subject = "system:serviceaccount:grants:terraform"
	for name, c := range map[string]struct {
		issuer, subject, audience string
		lifetime                  time.Duration
		want                      string
	}{
		"as registered":    {entra.KubernetesIssuer, subject, entra.FederatedAudience, time.Hour, ""},
		"expired":          {entra.KubernetesIssuer, subject, entra.FederatedAudience, -time.Minute, "AADSTS700024"},
		"another subject":  {entra.KubernetesIssuer, subject + "x", entra.FederatedAudience, time.Hour, "AADSTS700213"},
		"another audience": {entra.KubernetesIssuer, subject, "https://example.com", time.Hour, "AADSTS700213"},
		"another issuer":   {entra.GitLabIssuer, subject, entra.FederatedAudience, time.Hour, "AADSTS70021:"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			app := s.Directory().Must("dashboard")
			s.Directory().AddFederatedCredential(app, entra.KubernetesIssuer, subject)
			assertion := func(context.Context) (string, error) {
				return s.FederatedToken(c.issuer, c.subject, c.audience, c.lifetime), nil
			}
			cred, err := azidentity.NewClientAssertionCredential("contoso.com", app.AppID, assertion, &azidentity.ClientAssertionCredentialOptions{ClientOptions: s.options("")})
			caller, err := s.callerOf(t, cred, err)
			s.expect(t, caller, err, "dashboard", c.want)
		})
	}
}

func TestSignIn_inGitHubActions(t *testing.T) {
	s := newFixture(t)
	app := s.Directory().Must("dashboard")
	s.Directory().AddFederatedCredential(app, entra.GitHubActionsIssuer, entra.GitHubSubject)
	ask := func(requestToken string) (int, string) {
		request, err := http.NewRequest(http.MethodGet, entra.GitHubRequestURL+"&audience="+url.QueryEscape(entra.FederatedAudience), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "bearer "+requestToken)
		response, err := s.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var body struct{ Value string }
		_ = json.NewDecoder(response.Body).Decode(&body)
		return response.StatusCode, body.Value
	}
	if status, _ := ask("wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong request token: %d", status)
	}
	_, assertion := ask(entra.GitHubRequestToken)
	cred, err := azidentity.NewClientAssertionCredential("contoso.com", app.AppID, func(context.Context) (string, error) { return assertion, nil },
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: s.options("")})
	caller, err := s.callerOf(t, cred, err)
	s.expect(t, caller, err, "dashboard", "")
}

func TestSignIn_inAzurePipelines(t *testing.T) {
	s := newFixture(t)
	app := s.Directory().Must("dashboard")
	s.Directory().AddFederatedCredential(app, entra.AzurePipelinesIssuer, entra.PipelinesSubject)
	t.Setenv("SYSTEM_OIDCREQUESTURI", entra.PipelinesRequestURL)
	for accessToken, want := range map[string]string{entra.PipelinesAccessToken: "", "wrong": "401 Unauthorized"} {
		cred, err := azidentity.NewAzurePipelinesCredential("contoso.com", app.AppID, entra.PipelinesConnectionID, accessToken,
			&azidentity.AzurePipelinesCredentialOptions{ClientOptions: s.options("")})
		caller, err := s.callerOf(t, cred, err)
		s.expect(t, caller, err, "dashboard", want)
	}
}

func TestSignIn_withPassword(t *testing.T) {
	s := newFixture(t)
	const endpoint = "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"
	form := url.Values{
		"grant_type": {"password"}, "client_id": {"04b07795-8ddb-461a-bbee-02f9e1bf7b46"}, // the Azure CLI's
		"scope": {kusto + "/.default openid"}, "username": {"alice@contoso.com"}, "password": {"wrong"},
	}
	if status, body := s.form(endpoint, form); status != http.StatusBadRequest {
		t.Errorf("a wrong password: %d %v", status, body)
	}
	form.Set("password", "not-a-password-alice@contoso.com")
	_, body := s.form(endpoint, form)
	refresh, _ := body["refresh_token"].(string)
	_, body = s.form(endpoint, url.Values{
		"grant_type": {"refresh_token"}, "client_id": form["client_id"], "scope": form["scope"], "refresh_token": {refresh},
	})
	token, _ := body["access_token"].(string)
	if a, err := s.send(token, "Samples", ".show database Samples principal roles"); err != nil || a.status != http.StatusOK {
		t.Fatalf("%v, %v", a, err)
	}
	if got, want := s.cluster.Commands()[0].CallerFQN, s.Directory().Must("alice@contoso.com").FQN(); got != want {
		t.Errorf("the caller is %s, want %s", got, want)
	}
}

func TestSignIn_withManagedIdentity(t *testing.T) {
	s := newFixture(t)
	d := s.Directory()
	system, assigned := d.AddApp("contoso.com", "vm-identity"), d.AddApp("contoso.com", "shared-identity")
	t.Setenv("IDENTITY_ENDPOINT", s.ManagedIdentityEndpoint())
	t.Setenv("IDENTITY_HEADER", entra.IdentityHeader)
	sign := func(id azidentity.ManagedIDKind) (string, error) {
		options := s.options("")
		options.Transport = http.DefaultClient
		cred, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: options, ID: id})
		return s.callerOf(t, cred, err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	if _, err := sign(nil); err == nil {
		t.Error("there is no identity, and yet a token")
	}
	d.AssignIdentity(system)
	d.AssignIdentity(assigned)
	caller, err := sign(nil)
	s.expect(t, caller, err, "vm-identity", "")
	caller, err = sign(azidentity.ClientID(assigned.AppID))
	s.expect(t, caller, err, "shared-identity", "")
	_, err = sign(azidentity.ClientID("00000000-0000-4000-8000-00000000ffff"))
	s.expect(t, "", err, "", "400")
}

func TestIMDS_issuesTokensThroughThePlainProxy(t *testing.T) {
	s := newFixture(t)
	s.Directory().AssignIdentity(s.Directory().Must("dashboard"))
	request, err := http.NewRequest(http.MethodGet, "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="+kusto, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Metadata", "true")
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), `"access_token":"ey`) {
		t.Errorf("%d %s %v", response.StatusCode, body, err)
	}
}

func TestToken_answersWithEntrasCodes(t *testing.T) {
	s := newFixture(t)
	base := "https://login.microsoftonline.com/contoso.com/oauth2"
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {entra.CIDeployerAppID}, "client_secret": {entra.CIDeployerSecret}}
	with := func(pairs ...string) url.Values {
		form := url.Values{}
		for key, values := range good {
			form[key] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	for name, c := range map[string]struct {
		path string
		form url.Values
		code float64 // 0 for success
	}{
		"v1":               {"/token", with("resource", kusto), 0},
		"v2":               {"/v2.0/token", with("scope", kusto+"/.default"), 0},
		"v2 of a cluster":  {"/v2.0/token", with("scope", s.cluster.URI()+"/.default"), 0},
		"management":       {"/v2.0/token", with("scope", "https://management.core.windows.net//.default"), 0},
		"unknown resource": {"/token", with("resource", "https://vault.azure.net"), 500011},
		"look-alike":       {"/token", with("resource", "https://kusto.kusto.windows.net.evil.example.com"), 500011},
		"no resource":      {"/token", with(), 900144},
		"no scope":         {"/v2.0/token", with("resource", kusto), 900144},
		"scope not all":    {"/v2.0/token", with("scope", kusto+"/user_impersonation"), 1002012},
		"grant unknown":    {"/token", with("resource", kusto, "grant_type", "implicit"), 70003},
		"no secret":        {"/token", with("resource", kusto, "client_secret", ""), 7000216},
	} {
		status, body := s.form(base+c.path, c.form)
		if c.code == 0 {
			if status != 200 || body["access_token"] == nil || body["token_type"] != "Bearer" {
				t.Errorf("%s: %d %v", name, status, body)
			}
			continue
		}
		codes, _ := body["error_codes"].([]any)
		if status < 400 || len(codes) != 1 || codes[0] != c.code || body["correlation_id"] == nil || body["trace_id"] == nil || body["timestamp"] == nil {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
}

func TestCluster_acceptsOnlyItsOwnTokens(t *testing.T) {
	s := newFixture(t)
	deployer := s.Directory().App("ci-deployer")
	removed := s.Directory().AddApp("contoso.com", "removed")
	s.Directory().Remove(removed)
	good := s.AppToken(deployer, kusto, time.Hour)
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"for Kusto":           {good, 200},
		"for Kusto's API":     {s.AppToken(deployer, "https://api.kusto.windows.net/", time.Hour), 200},
		"for this cluster":    {s.AppToken(deployer, s.cluster.URI(), time.Hour), 200},
		"for another cluster": {s.AppToken(deployer, "https://other.westeurope.kusto.windows.net", time.Hour), 401},
		"for management":      {s.AppToken(deployer, "https://management.azure.com", time.Hour), 401},
		"expired":             {s.AppToken(deployer, kusto, -time.Minute), 401},
		"of a removed app":    {s.AppToken(removed, kusto, time.Hour), 401},
		"none":                {"", 401},
		"unsigned":            {good[:strings.LastIndexByte(good, '.')+1], 401},
		"tampered":            {strings.Replace(good, ".", ".e", 1), 401},
	} {
		a, err := s.send(c.token, "Samples", ".show database Samples principal roles")
		if err != nil || a.status != c.want {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}
