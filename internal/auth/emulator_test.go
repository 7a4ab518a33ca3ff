// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest/emulated"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	fakeentra "github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// entra is the emulated Entra ID that every test of this process reaches as a
// program in a corporate network would: by HTTPS_PROXY and SSL_CERT_FILE, which Go
// reads once a process.
var entra *emulator.Emulator

func TestMain(m *testing.M) {
	emulated.Main(m, func(p emulated.Process) { entra = p.Emulator })
}

const kubernetesSubject = "system:serviceaccount:default:terraform"

// configured makes a credential as the provider does.
func configured(t *testing.T, c Config) *Credential {
	t.Helper()
	cred, err := New(c, "auth-test")
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// deployer is the seeded application, without a way to sign in.
func deployer(change func(*Config)) Config {
	c := Config{TenantID: fakeentra.ContosoTenantID, ClientID: fakeentra.CIDeployerAppID}
	change(&c)
	return c
}

// emulatedCases are all the ways to sign in as the seeded application, with what the
// process's environment needs.
func emulatedCases(t *testing.T) map[string]struct {
	config Config
	env    map[string]string
} {
	t.Helper()
	app := entra.Directory().App("ci-deployer")
	cert, key := testCertificate()
	entra.Directory().AddCertificate(app, cert)
	for issuer, subject := range map[string]string{
		fakeentra.GitHubActionsIssuer: fakeentra.GitHubSubject, fakeentra.AzurePipelinesIssuer: fakeentra.PipelinesSubject,
		fakeentra.KubernetesIssuer: kubernetesSubject,
	} {
		entra.Directory().AddFederatedCredential(app, issuer, subject)
	}
	entra.Directory().AssignIdentity(app)
	pfx := must(pkcs12.Modern.Encode(key, cert, nil, pfxPassword))
	federated := entra.FederatedToken(fakeentra.KubernetesIssuer, kubernetesSubject, fakeentra.FederatedAudience, time.Hour)
	file := writeFile(t, "token", federated)
	type signIn = struct {
		config Config
		env    map[string]string
	}
	return map[string]signIn{
		methodSecret: {deployer(func(c *Config) { c.ClientSecret = fakeentra.CIDeployerSecret }), nil},
		methodCertificate: {deployer(func(c *Config) {
			c.ClientCertificatePath, c.ClientCertificatePassword = writeFile(t, "c.pfx", string(pfx)), pfxPassword
		}), nil},
		methodOIDCToken:     {deployer(func(c *Config) { c.OIDCToken = federated }), nil},
		methodOIDCTokenFile: {deployer(func(c *Config) { c.OIDCTokenFilePath = file }), nil},
		methodAKS:           {deployer(func(c *Config) { c.UseAKSWorkloadIdentity, c.OIDCTokenFilePath = ptr(true), file }), nil},
		methodGitHub: {deployer(func(c *Config) {
			c.OIDCRequestURL, c.OIDCRequestToken = fakeentra.GitHubRequestURL, fakeentra.GitHubRequestToken
		}), nil},
		methodAzurePipelines: {deployer(func(c *Config) {
			c.ADOPipelineServiceConnectionID, c.OIDCRequestToken = fakeentra.PipelinesConnectionID, fakeentra.PipelinesAccessToken
		}), map[string]string{"SYSTEM_OIDCREQUESTURI": fakeentra.PipelinesRequestURL}},
		methodManagedIdentity: {
			Config{UseMSI: ptr(true), ClientID: fakeentra.CIDeployerAppID},
			map[string]string{"IDENTITY_ENDPOINT": entra.ManagedIdentityEndpoint(), "IDENTITY_HEADER": fakeentra.IdentityHeader},
		},
	}
}

func TestEmulator_signsInWithEachMethod(t *testing.T) {
	for name, test := range emulatedCases(t) {
		t.Run(name, func(t *testing.T) {
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			cred := configured(t, test.config)
			if cred.Method() != name {
				t.Fatalf("chose %s", cred.Method())
			}
			caller := signIn(t, cred)
			if caller.ClientID != fakeentra.CIDeployerAppID || caller.TenantID != fakeentra.ContosoTenantID || !caller.IsApp {
				t.Errorf("signed in as %+v", caller)
			}
		})
	}
}

func TestEmulator_explainsMistakes(t *testing.T) {
	expired := entra.FederatedToken(fakeentra.KubernetesIssuer, kubernetesSubject, fakeentra.FederatedAudience, -time.Minute)
	otherRepository := entra.FederatedToken(fakeentra.GitHubActionsIssuer, "repo:somebody/else:ref:refs/heads/main", fakeentra.FederatedAudience, time.Hour)
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	pfx := must(pkcs12.Modern.Encode(key, selfSigned(key, &key.PublicKey), nil, pfxPassword))
	emulatedCases(t) // registers what a right sign-in would use
	t.Setenv("SYSTEM_OIDCREQUESTURI", fakeentra.PipelinesRequestURL)
	tests := map[string]struct {
		config Config
		says   []string
	}{
		"wrong access token in Azure Pipelines": {
			deployer(func(c *Config) {
				c.ADOPipelineServiceConnectionID, c.OIDCRequestToken = fakeentra.PipelinesConnectionID, secret
			}),
			[]string{"Could not get the job's OIDC token", "SYSTEM_ACCESSTOKEN"},
		},
		"wrong secret": {deployer(func(c *Config) { c.ClientSecret = secret }), []string{"The client secret is wrong", "AADSTS7000215"}},
		"unknown app": {
			Config{TenantID: fakeentra.ContosoTenantID, ClientID: client, ClientSecret: secret},
			[]string{"not known in the tenant", "AADSTS700016", client},
		},
		"unknown tenant": {
			Config{TenantID: otherTenant, ClientID: client, ClientSecret: secret},
			[]string{"The tenant does not exist", "AADSTS90002"},
		},
		"expired federated token": {deployer(func(c *Config) { c.OIDCToken = expired }), []string{"has expired", "AADSTS700024", "oidc_token_file_path"}},
		"another repository":      {deployer(func(c *Config) { c.OIDCToken = otherRepository }), []string{"does not trust this federated token"}},
		"another certificate": {
			deployer(func(c *Config) {
				c.ClientCertificatePath, c.ClientCertificatePassword = writeFile(t, "c.pfx", string(pfx)), pfxPassword
			}),
			[]string{"certificate does not match the application", "AADSTS700027"},
		},
		"wrong request token in GitHub Actions": {
			deployer(func(c *Config) { c.OIDCRequestURL, c.OIDCRequestToken = fakeentra.GitHubRequestURL, secret }),
			[]string{"Could not get the job's OIDC token", "401", "id-token: write"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := refusalOf(t, configured(t, test.config))
			wantWords(t, text, test.says...)
			wantNoSecret(t, text+err.Error())
		})
	}
}

// TestEmulator_explainsPolicies lets a tenant refuse what it would grant without its
// policies.
func TestEmulator_explainsPolicies(t *testing.T) {
	app := entra.Directory().AddApp(fakeentra.ContosoTenantID, "refused")
	for number, says := range refusedByPolicy {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			entra.InterceptTokens(app.AppID, func() fakeentra.TokenAnswer { return fakeentra.TokenAnswer{AADSTS: number} })
			text, err := refusalOf(t, configured(t, Config{TenantID: app.TenantID, ClientID: app.AppID, ClientSecret: app.Secrets[0]}))
			wantWords(t, text, says, fmt.Sprintf("AADSTS%d: ", number))
			wantNoSecret(t, text+err.Error())
		})
	}
}

// refusedByPolicy are the codes that depend on a tenant's policies, with the summary of
// each.
var refusedByPolicy = map[int]string{
	50020:  "The account does not exist in the tenant",
	50076:  "Interactive sign-in required",
	50079:  "Interactive sign-in required",
	53003:  "A Conditional Access policy blocks the sign-in",
	65001:  "Consent required",
	650057: "The application has no permission for Kusto",
}

func needsAzureCLI(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the Azure CLI takes a second for each command: leave out -short")
	}
	if _, err := exec.LookPath("az"); err != nil {
		t.Skip("the Azure CLI is not installed: apt-get install azure-cli")
	}
}

// TestEmulator_explainsPoliciesThroughTheAzureCLI does the same with the words that the
// Azure CLI puts around a code.
func TestEmulator_explainsPoliciesThroughTheAzureCLI(t *testing.T) {
	needsAzureCLI(t)
	const cli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46" // the Azure CLI's own application
	t.Setenv("AZURE_CONFIG_DIR", filepath.Join(t.TempDir(), "azure"))
	t.Setenv("AZURE_CORE_COLLECT_TELEMETRY", "0")
	alice := entra.Directory().Must("alice@contoso.com")
	login := exec.CommandContext(t.Context(), "az", "login", "--username", alice.UPN, "--password", alice.Password)
	if out, err := login.CombinedOutput(); err != nil {
		t.Fatalf("az login: %v\n%s", err, out)
	}
	t.Cleanup(func() { entra.InterceptTokens(cli, nil) })
	for number, says := range refusedByPolicy {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			// The CLI answers from this file for a minute after an error.
			_ = os.Remove(filepath.Join(os.Getenv("AZURE_CONFIG_DIR"), "msal_http_cache.bin"))
			entra.InterceptTokens(cli, func() fakeentra.TokenAnswer { return fakeentra.TokenAnswer{AADSTS: number} })
			text, _ := refusalOf(t, configured(t, Config{}))
			wantWords(t, text, says, fmt.Sprintf("AADSTS%d: ", number))
		})
	}
}

// TestEmulator_signsInWithTheAzureCLI signs in through the real Azure CLI.
func TestEmulator_signsInWithTheAzureCLI(t *testing.T) {
	needsAzureCLI(t)
	t.Setenv("AZURE_CONFIG_DIR", filepath.Join(t.TempDir(), "azure"))
	t.Setenv("AZURE_CORE_COLLECT_TELEMETRY", "0")
	text, _ := refusalOf(t, configured(t, Config{}))
	wantWords(t, text, "Not signed in to the Azure CLI", "Run: az login")

	const odd = `Contoso "Data" & Größe (prod)`
	entra.Directory().AddSubscription("00000000-0000-4000-8000-0000000000d9", odd, fakeentra.ContosoTenantID)
	login := exec.CommandContext(t.Context(), "az", "login", "--service-principal", "--username", fakeentra.CIDeployerAppID,
		"--password", fakeentra.CIDeployerSecret, "--tenant", fakeentra.ContosoTenantID)
	if out, err := login.CombinedOutput(); err != nil {
		t.Fatalf("az login: %v\n%s", err, out)
	}
	for name, config := range map[string]Config{
		"as it is":                   {},
		"tenant":                     {TenantID: fakeentra.ContosoTenantID},
		"subscription by id":         {SubscriptionID: fakeentra.ProdSubscriptionID},
		"subscription by name":       {SubscriptionID: "Contoso Prod"},
		"subscription by odd name":   {SubscriptionID: odd},
		"subscription and tenant":    {SubscriptionID: fakeentra.ProdSubscriptionID, TenantID: fakeentra.ContosoTenantID},
		"subscription of a nobody":   {SubscriptionID: "nobody's"},
		"subscription of an unknown": {SubscriptionID: client},
	} {
		t.Run(name, func(t *testing.T) {
			cred := configured(t, config)
			if strings.Contains(name, " of a") {
				text, _ := refusalOf(t, cred)
				wantWords(t, text, "The subscription is not usable", "az account list")
				return
			}
			if caller := signIn(t, cred); caller.ClientID != fakeentra.CIDeployerAppID {
				t.Errorf("signed in as %+v", caller)
			}
		})
	}
}
