// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// These tests run the provider as it is released, in a process of its own, by a
// real CLI. What it reaches the emulator by is HTTPS_PROXY and SSL_CERT_FILE.

// installed is the workspace whose provider all tests of this file share.
var installed = sync.OnceValues(func() (*acctest.Workspace, error) {
	path, err := acctest.Find()
	if err != nil {
		return nil, err
	}
	return acctest.NewWorkspace(context.Background(), path, binaries, nil)
})

// workspace is a test's own folder for the real binary, with the network that the
// emulator is and what else its environment holds.
func workspace(t *testing.T, env ...string) *acctest.Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("needs TF_ACC=1 and a CLI")
	}
	shared, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	network := []string{"HTTPS_PROXY=" + fake.ProxyURL(), "SSL_CERT_FILE=" + os.Getenv("SSL_CERT_FILE")}
	w, err := shared.Another(t.TempDir(), append(network, env...))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const requiresKusto = "terraform {\n  required_providers {\n    kusto = {\n      source = \"kusto-community/kusto\"\n    }\n  }\n}\n"

// runsIn runs commands of the CLI that must succeed, and returns what they print.
func runsIn(t *testing.T, w *acctest.Workspace) func(args ...string) string {
	t.Helper()
	return func(args ...string) string {
		t.Helper()
		out, err := w.Must(testContext(t), 0, append(args, "-no-color")...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// testWithBinary writes files, applies them, checks the cluster, and destroys all.
func (s *testCluster) testWithBinary(t *testing.T, w *acctest.Workspace, files map[string]string, checks ...resource.TestCheckFunc) {
	t.Helper()
	before := s.held()
	for name, text := range files {
		if err := w.Write(name, text); err != nil {
			t.Fatal(err)
		}
	}
	ctx := testContext(t)
	for _, args := range [][]string{{"init", "-no-color"}, {"apply", "-no-color", "-auto-approve"}, {"plan", "-no-color", "-detailed-exitcode"}} {
		if _, err := w.Must(ctx, 0, args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := resource.ComposeAggregateTestCheckFunc(checks...)(nil); err != nil {
		t.Error(err)
	}
	if _, err := w.Must(ctx, 0, "destroy", "-no-color", "-auto-approve"); err != nil {
		t.Fatal(err)
	}
	if err := same("after destroy", s.held(), before); err != nil {
		t.Error(err)
	}
}

// grantsAs applies a grant with a provider block and an environment, checks that
// the emulator holds it and who asked for it, and destroys it.
func grantsAs(t *testing.T, s *testCluster, caller *entra.Principal, provider string, env ...string) {
	t.Helper()
	hcl := requiresKusto + provider + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	s.testWithBinary(t, workspace(t, env...), map[string]string{"main.tf": hcl},
		s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
		func(*terraform.State) error {
			for _, c := range s.Commands() {
				if c.CallerFQN != caller.FQN() {
					t.Errorf("%s was sent by %s, want %s", c.Text, c.CallerFQN, caller.FQN())
				}
				if !strings.Contains(c.ClientVersion, "terraform-provider-kusto/"+acctest.Version) {
					t.Errorf("the version is missing: %q", c.ClientVersion)
				}
			}
			return nil
		})
}

// kubernetesSubject is the service account that the tests' federated token is of.
const kubernetesSubject = "system:serviceaccount:default:terraform-acc"

// signInCase is one way to sign in: what a person writes, and what the machine's
// environment holds.
type signInCase struct {
	name, arguments string
	env             []string
}

// signInCases are all the ways, for one application.
func signInCases(t *testing.T, app *entra.Principal) []signInCase {
	t.Helper()
	d := fake.Directory()
	for issuer, subject := range map[string]string{
		entra.GitHubActionsIssuer: entra.GitHubSubject, entra.AzurePipelinesIssuer: entra.PipelinesSubject,
		entra.KubernetesIssuer: kubernetesSubject,
	} {
		d.AddFederatedCredential(app, issuer, subject)
	}
	d.AssignIdentity(app)
	federated := fake.FederatedToken(entra.KubernetesIssuer, kubernetesSubject, entra.FederatedAudience, time.Hour)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(federated), 0o600); err != nil {
		t.Fatal(err)
	}
	pfx := certificateOf(t, app)
	identity := fmt.Sprintf("tenant_id = %q\n client_id = %q\n", app.TenantID, app.AppID)
	return []signInCase{
		{"client secret", identity + fmt.Sprintf("client_secret = %q", app.Secrets[0]), nil},
		{"client secret from the environment", "", []string{"ARM_TENANT_ID=" + app.TenantID, "ARM_CLIENT_ID=" + app.AppID, "ARM_CLIENT_SECRET=" + app.Secrets[0]}},
		{"client certificate", identity + fmt.Sprintf("client_certificate_path = %q\n client_certificate_password = \"opensesame\"", pfx), nil},
		{"OIDC token", identity + fmt.Sprintf("oidc_token = %q", federated), nil},
		{"OIDC token file", identity + fmt.Sprintf("use_oidc = true\n oidc_token_file_path = %q", file), nil},
		{"GitHub Actions", identity + "use_oidc = true", []string{"ACTIONS_ID_TOKEN_REQUEST_URL=" + entra.GitHubRequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + entra.GitHubRequestToken}},
		{"Azure Pipelines", identity + fmt.Sprintf("use_oidc = true\n ado_pipeline_service_connection_id = %q", entra.PipelinesConnectionID),
			[]string{"SYSTEM_OIDCREQUESTURI=" + entra.PipelinesRequestURL, "SYSTEM_ACCESSTOKEN=" + entra.PipelinesAccessToken}},
		{"AKS workload identity", "use_aks_workload_identity = true", []string{
			"AZURE_TENANT_ID=" + app.TenantID, "AZURE_CLIENT_ID=" + app.AppID, "AZURE_FEDERATED_TOKEN_FILE=" + file, "AZURE_AUTHORITY_HOST=https://login.microsoftonline.com/"}},
		{"managed identity", fmt.Sprintf("use_msi = true\n client_id = %q", app.AppID),
			[]string{"IDENTITY_ENDPOINT=" + fake.ManagedIdentityEndpoint(), "IDENTITY_HEADER=" + entra.IdentityHeader}},
		{"Azure Developer CLI", "use_azd = true", []string{"PATH=" + signedInAZD(t, app) + string(os.PathListSeparator) + os.Getenv("PATH")}},
		{"access token", fmt.Sprintf("access_token = %q", fake.AppToken(app, "https://kusto.kusto.windows.net", time.Hour)), nil},
	}
}

// signedInAZD is a folder with a program in the place of the Azure Developer CLI,
// which no package has: it answers as azd does to whom is signed in.
func signedInAZD(t *testing.T, app *entra.Principal) string {
	t.Helper()
	token := fake.AppToken(app, "https://kusto.kusto.windows.net", time.Hour)
	answer := fmt.Sprintf(`{"token":%q,"expiresOn":%q}`, token, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	name, script := "azd", "#!/bin/sh\necho '"+answer+"'\n"
	if runtime.GOOS == "windows" {
		name, script = "azd.cmd", "@echo "+answer+"\r\n"
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// certificateOf registers a certificate for the application and gives the path
// of its PFX.
func certificateOf(t *testing.T, app *entra.Principal) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ci"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	fake.Directory().AddCertificate(app, cert)
	pfx, err := pkcs12.Modern.Encode(key, cert, nil, "opensesame")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ci.pfx")
	if err := os.WriteFile(path, pfx, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBinary_eachSignInEndsInAGrant(t *testing.T) {
	t.Parallel()
	app := who("ci-deployer")
	for _, c := range signInCases(t, app) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			provider := fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n %s\n}\n", s.uri, c.arguments)
			grantsAs(t, s, app, provider, c.env...)
		})
	}
}

// TestBinary_signsInThroughTheAzureCLI is what the documentation's first flow
// does by hand: az login, az account set, and a grant.
func TestBinary_signsInThroughTheAzureCLI(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("az"); err != nil || testing.Short() {
		t.Skip("runs the Azure CLI: install it (apt-get install azure-cli), and leave -short out")
	}
	app := who("ci-deployer")
	config := filepath.Join(t.TempDir(), "azure")
	env := []string{"AZURE_CONFIG_DIR=" + config, "AZURE_CORE_COLLECT_TELEMETRY=0", "REQUESTS_CA_BUNDLE=" + os.Getenv("REQUESTS_CA_BUNDLE")}
	az := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "az", args...)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("az %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	az("login", "--service-principal", "--username", app.AppID, "--password", app.Secrets[0], "--tenant", app.TenantID)
	az("account", "set", "--subscription", entra.DevSubscriptionID)
	t.Run("as it is", func(t *testing.T) {
		t.Parallel()
		s := newTestCluster(t)
		grantsAs(t, s, app, fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n}\n", s.uri), env...)
	})
	t.Run("subscription by id", func(t *testing.T) {
		t.Parallel()
		s := newTestCluster(t)
		grantsAs(t, s, app, fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n subscription_id = %q\n}\n", s.uri, entra.ProdSubscriptionID), env...)
	})
}

// mistakes are the likeliest ones, and what a person reads.
func TestBinary_saysWhatWentWrongWithTheSignIn(t *testing.T) {
	t.Parallel()
	app := who("ci-deployer")
	identity := fmt.Sprintf("tenant_id = %q\n client_id = %q\n", app.TenantID, app.AppID)
	for _, c := range []struct {
		name, arguments string
		env, want       []string
	}{
		{"expired federated token",
			identity + fmt.Sprintf("oidc_token = %q", fake.FederatedToken(entra.KubernetesIssuer, kubernetesSubject, entra.FederatedAudience, -time.Minute)),
			nil, []string{"AADSTS700024", "expired"}},
		{"wrong password on the PFX",
			identity + fmt.Sprintf("client_certificate_path = %q\n client_certificate_password = \"open-sesame-2\"", certificateOf(t, app)),
			nil, []string{"client_certificate_password"}},
		{"CLI not signed in", "", []string{"AZURE_CONFIG_DIR=" + t.TempDir()}, []string{"az login"}},
		{"no managed identity here", "use_msi = true", []string{"IDENTITY_ENDPOINT=http://127.0.0.1:1/msi", "IDENTITY_HEADER=x"}, []string{"No managed identity available", "use_msi"}},
		{"wrong secret", identity + "client_secret = \"not-it-at-all\"", nil, []string{"AADSTS7000215"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("az"); err != nil && c.name == "CLI not signed in" {
				t.Skip("the Azure CLI is not installed")
			}
			s := newTestCluster(t)
			w := workspace(t, c.env...)
			hcl := fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n %s\n}\n", s.uri, c.arguments) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
			if err := w.Write("main.tf", requiresKusto+hcl); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Must(testContext(t), 0, "init", "-no-color"); err != nil {
				t.Fatal(err)
			}
			out, err := w.Must(testContext(t), 1, "apply", "-no-color", "-auto-approve")
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !says(want).MatchString(out) {
					t.Errorf("the error does not say %q:\n%s", want, out)
				}
			}
		})
	}
}
