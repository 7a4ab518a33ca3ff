// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/Azure/azure-kusto-go/azkustodata"
	"github.com/Azure/azure-kusto-go/azkustodata/kql"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// program runs a program that reaches the emulator through environment variables.
type program struct {
	t   *testing.T
	env []string
	dir string
}

func newProgram(t *testing.T, e *emulator.Emulator, name string) *program {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	dir := t.TempDir()
	ca, err := e.WriteCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &program{t: t, dir: dir, env: append(os.Environ(), e.Environ(ca)...)}
}

func (p *program) run(name string, args ...string) (string, error) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), name, args...)
	cmd.Env, cmd.Dir = p.env, p.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		return stderr.String(), err
	}
	return stdout.String(), nil
}

func (p *program) must(name string, args ...string) string {
	p.t.Helper()
	out, err := p.run(name, args...)
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// The steps of Microsoft's page "Authentication over HTTPS".
func TestCurl_runsTheDocumentedSteps(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the curl of Windows takes no certificate authority from the environment")
	}
	s := newFixture(t)
	curl := newProgram(t, s.Emulator, "curl")
	out := curl.must("curl", "-sS", "-X", "POST", "https://login.microsoftonline.com/"+entra.ContosoTenantID+"/oauth2/token",
		"-F", "grant_type=client_credentials", "-F", "client_id="+entra.CIDeployerAppID,
		"-F", "client_secret="+entra.CIDeployerSecret, "-F", "resource=https://api.kusto.windows.net")
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   string `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(out), &token); err != nil || token.AccessToken == "" || token.ExpiresIn != "3600" {
		t.Fatalf("token answer %s: %v", out, err)
	}
	out = curl.must("curl", "-sS", "--compressed", s.cluster.URI()+"/v1/rest/mgmt",
		"-H", "Authorization: Bearer "+token.AccessToken, "-H", "Content-Type: application/json; charset=utf-8", "-H", "Accept: application/json",
		"-d", `{"db":"Samples","csl":".add database Samples users ('aaduser=alice@contoso.com')"}`)
	alice := s.Directory().Must("alice@contoso.com")
	if !strings.Contains(out, alice.FQN()) {
		t.Errorf("answer: %s", out)
	}
	if got := s.cluster.Grants(samples); len(got) != 1 || got[0].FQN != alice.FQN() {
		t.Errorf("grants: %v", got)
	}
}

var samples = fakekusto.Securable{Kind: "database", Database: "Samples"}

// presetToken is a credential with a fixed token.
type presetToken string

func (p presetToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(p)}, nil
}

func TestGoSDK_sendsManagementCommands(t *testing.T) {
	s := newFixture(t)
	cred, err := azidentity.NewClientSecretCredential("contoso.com", entra.CIDeployerAppID, entra.CIDeployerSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: policy.ClientOptions{Transport: s.client}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{kusto + "/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	builder := azkustodata.NewConnectionStringBuilder(s.cluster.URI()).WithTokenCredential(presetToken(token.Token))
	client, err := azkustodata.New(builder, azkustodata.WithHttpClient(s.client))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	result, err := client.Mgmt(t.Context(), "Samples", kql.New(".add database Samples viewers ('aadgroup=data-readers@contoso.com') 'n'"))
	if err != nil {
		t.Fatal(err)
	}
	if rows := result.Tables()[0].Rows(); len(rows) != 2 {
		t.Errorf("rows: %v", rows)
	}
	_, err = client.Mgmt(t.Context(), "Nowhere", kql.New(".show database Nowhere principals"))
	if err == nil || !strings.Contains(err.Error(), "Entity ID '[DB Nowhere v?.?]' of kind 'Database' was not found.") {
		t.Errorf("error: %v", err)
	}
}

// The steps for a service principal and for a user, with the real Azure CLI.
func TestAzureCLI_signsInListsAndGetsTokens(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the Azure CLI: set TF_ACC=1")
	}
	s := newFixture(t)
	az := newProgram(t, s.Emulator, "az")
	az.env = append(az.env, "AZURE_CONFIG_DIR="+az.dir, "AZURE_CORE_COLLECT_TELEMETRY=0", "AZURE_CORE_SURVEY_MESSAGE=0", "AZURE_CLIENTS_SHOW_SECRETS_WARNING=0")
	signIns := map[string][]string{
		"as an application": {"--service-principal", "-u", entra.CIDeployerAppID, "-p", entra.CIDeployerSecret, "--tenant", entra.ContosoTenantID},
		"as a user":         {"-u", "alice@contoso.com", "-p", "not-a-password-alice@contoso.com"},
	}
	caller := map[string]string{"as an application": "ci-deployer", "as a user": "alice@contoso.com"}
	for name, args := range signIns {
		t.Run(name, func(t *testing.T) {
			az.must("az", append([]string{"login", "-o", "none"}, args...)...)
			if out := az.must("az", "account", "list", "-o", "tsv", "--query", "[].id"); !strings.Contains(out, entra.ProdSubscriptionID) {
				t.Errorf("subscriptions: %s", out)
			}
			az.must("az", "account", "set", "--subscription", "Contoso Prod")
			token := az.must("az", "account", "get-access-token", "--resource", "https://api.kusto.windows.net", "--query", "accessToken", "-o", "tsv")
			if _, err := s.send(strings.TrimSpace(token), "Samples", ".show database Samples principal roles"); err != nil {
				t.Fatal(err)
			}
			commands := s.cluster.Commands()
			if got, want := commands[len(commands)-1].CallerFQN, s.Directory().Must(caller[name]).FQN(); got != want {
				t.Errorf("the caller is %s, want %s", got, want)
			}
		})
	}
	out, err := az.run("az", "login", "--service-principal", "-u", entra.CIDeployerAppID, "-p", "wrong", "--tenant", "contoso.com")
	if err == nil || !strings.Contains(out, "AADSTS7000215") {
		t.Errorf("a wrong secret: %v: %s", err, out)
	}
}
