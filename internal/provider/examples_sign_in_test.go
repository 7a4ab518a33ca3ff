// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// signInGuide is an example of a sign-in guide.
type signInGuide struct {
	// prepare does what the guide does before Terraform runs, in the folder where it
	// runs, and what the system does that the guide is written for.
	prepare   func(t *testing.T)
	variables config.Variables
	caller    string
	grants    []string
}

// byDeployer is a guide whose application is ci-deployer.
func byDeployer(prepare func(t *testing.T)) signInGuide {
	return signInGuide{prepare: prepare, caller: "ci-deployer", grants: []string{"viewers|Data Readers|"}}
}

func (g signInGuide) with(variables config.Variables) signInGuide {
	g.variables = variables
	return g
}

const (
	hcpIssuer  = "https://app.terraform.io"
	hcpSubject = "organization:contoso:project:Data:workspace:grants:run_phase:"
)

var signInGuides = map[string]signInGuide{
	"azure-cli/main.tf":         {prepare: azLogin, caller: "alice@contoso.com", grants: []string{"viewers|bob@contoso.com|"}},
	"azure-cli/subscription.tf": {prepare: azLogin, caller: "alice@contoso.com", grants: []string{"viewers|bob@contoso.com|"}},
	"azure-cli/azd.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		t.Setenv("PATH", signedInAZD(t, who("ci-deployer"))+string(os.PathListSeparator)+os.Getenv("PATH"))
	}),
	"client-secret/main.tf": byDeployer(func(*testing.T) {}).with(
		config.Variables{"client_secret": config.StringVariable(entra.CIDeployerSecret)}),
	"client-secret/files.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		writeAll(t, map[string]string{"secrets/client-id": entra.CIDeployerAppID + "\n", "secrets/client-secret": entra.CIDeployerSecret + "\n"})
	}),
	"client-certificate/main.tf": byDeployer(makeCertificate).with(
		config.Variables{"client_certificate_password": config.StringVariable(certificatePassword)}),
	"client-certificate/pem.tf":         byDeployer(makeCertificate),
	"managed-identity/main.tf":          byDeployer(assignIdentity),
	"managed-identity/user-assigned.tf": byDeployer(assignIdentity),
	"github-actions/main.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		federate(entra.GitHubActionsIssuer, entra.GitHubSubject)
		t.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", entra.GitHubRequestURL)
		t.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", entra.GitHubRequestToken)
	}),
	"azure-pipelines/main.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		federate(entra.AzurePipelinesIssuer, entra.PipelinesSubject)
		t.Setenv("SYSTEM_OIDCREQUESTURI", entra.PipelinesRequestURL)
		t.Setenv("SYSTEM_ACCESSTOKEN", entra.PipelinesAccessToken)
	}),
	"gitlab/main.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		t.Setenv("KUSTO_OIDC_TOKEN", federatedToken(entra.GitLabIssuer, "project_path:contoso/grants:ref_type:branch:ref:main"))
	}),
	"hcp-terraform/main.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		t.Setenv("ARM_USE_OIDC", "true")
		t.Setenv("ARM_CLIENT_ID", entra.CIDeployerAppID)
		t.Setenv("ARM_OIDC_TOKEN", federatedToken(hcpIssuer, hcpSubject+"apply"))
	}),
	"hcp-terraform/aliases.tf": {
		prepare: func(t *testing.T) {
			t.Helper()
			writeAll(t, map[string]string{"client-id": entra.CIDeployerAppID, "token": federatedToken(hcpIssuer, hcpSubject+"apply")})
		},
		variables: config.Variables{"tfc_azure_dynamic_credentials": config.ObjectVariable(map[string]config.Variable{
			"default": hcpFiles(),
			"aliases": config.MapVariable(map[string]config.Variable{"FABRIC": hcpFiles()}),
		})},
		caller: "ci-deployer", grants: []string{"viewers|Data Readers|", "users|On-Call|"},
	},
	"aks/main.tf": byDeployer(func(t *testing.T) {
		t.Helper()
		writeAll(t, map[string]string{"azure-identity-token": federatedToken(entra.KubernetesIssuer, "system:serviceaccount:deploy:terraform")})
		t.Setenv("AZURE_FEDERATED_TOKEN_FILE", "azure-identity-token")
		t.Setenv("AZURE_CLIENT_ID", entra.CIDeployerAppID)
		t.Setenv("AZURE_TENANT_ID", entra.ContosoTenantID)
		t.Setenv("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/")
	}),
}

// hcpFiles are the files that HCP Terraform writes for one application.
func hcpFiles() config.Variable {
	return config.ObjectVariable(map[string]config.Variable{
		"client_id_file_path": config.StringVariable("client-id"), "oidc_token_file_path": config.StringVariable("token"),
	})
}

func federate(issuer, subject string) {
	fake.Directory().AddFederatedCredential(who("ci-deployer"), issuer, subject)
}

// federatedToken is a token that ci-deployer trusts.
func federatedToken(issuer, subject string) string {
	federate(issuer, subject)
	return fake.FederatedToken(issuer, subject, entra.FederatedAudience, time.Hour)
}

func assignIdentity(t *testing.T) {
	t.Helper()
	fake.Directory().AssignIdentity(who("ci-deployer"))
	t.Setenv("IDENTITY_ENDPOINT", fake.ManagedIdentityEndpoint())
	t.Setenv("IDENTITY_HEADER", entra.IdentityHeader)
}

// writeAll writes files, given by name, to the working directory.
func writeAll(t *testing.T, files map[string]string) {
	t.Helper()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const certificatePassword = "opensesame"

// certificateCommands is the file with the guide's commands for Bash, wherever the
// working directory is later.
var certificateCommands, _ = filepath.Abs(filepath.Join(examplesDir, "guides", "authentication-client-certificate", "make.sh"))

// makeCertificate runs the guide's commands, and registers the certificate.
func makeCertificate(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("needs openssl and a POSIX shell")
	}
	// openssl asks for a new password twice, on the terminal unless an option says otherwise.
	commands, err := os.ReadFile(certificateCommands)
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Replace(string(commands), "pkcs12 -export", "pkcs12 -export -passout pass:"+certificatePassword, 1)
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content, err := os.ReadFile("certificate.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		t.Fatal("certificate.pem is not PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	fake.Directory().AddCertificate(who("ci-deployer"), certificate)
}

// azLogin signs Alice in to the real Azure CLI, against the emulated Entra ID.
func azLogin(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("az"); err != nil {
		t.Skip("the Azure CLI is not installed: apt-get install azure-cli")
	}
	t.Setenv("AZURE_CONFIG_DIR", filepath.Join(t.TempDir(), "azure"))
	t.Setenv("AZURE_CORE_COLLECT_TELEMETRY", "0")
	alice := who("alice@contoso.com")
	login := exec.CommandContext(t.Context(), "az", "login", "--username", alice.UPN, "--password", alice.Password)
	if out, err := login.CombinedOutput(); err != nil {
		t.Fatalf("az login: %v\n%s", err, out)
	}
}

// Not in parallel: the environment and the working directory are the process's.
func TestGuides_signIn(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a CLI, and the Azure CLI")
	}
	for path, guide := range signInGuides {
		t.Run(path, func(t *testing.T) {
			s := newExampleCluster(t)
			s.Grant(database("Samples"), "admins", who("alice@contoso.com"), "")
			hcl := s.onTestCluster(example(t, "guides/authentication-"+path))
			var w *acctest.Workspace
			folder := t.TempDir()
			if strings.Contains(hcl, "alias ") { // a process for each: the framework's server in this one is not made to be configured twice
				w = workspace(t)
				folder = w.Dir
			}
			t.Chdir(folder)
			guide.prepare(t)
			want := append(s.held(), grants{"database": guide.grants}.lines()...)
			if w != nil {
				variables, err := json.Marshal(guide.variables)
				if err != nil {
					t.Fatal(err)
				}
				files := map[string]string{"main.tf": requiresKusto + hcl, "terraform.tfvars.json": string(variables)}
				s.testWithBinary(t, w, files, s.holds(want...), s.calledBy(guide.caller))
				return
			}
			s.testWithCLI(t,
				resource.TestStep{
					Config: hcl, ConfigVariables: guide.variables,
					Check: resource.ComposeAggregateTestCheckFunc(s.holds(want...), s.calledBy(guide.caller)),
				},
				resource.TestStep{Config: hcl, ConfigVariables: guide.variables, PlanOnly: true},
			)
		})
	}
}

var (
	environmentSection = regexp.MustCompile("(?s)\n## Environment variables\n.*?```shell\n(.*?)```")
	exported           = regexp.MustCompile(`(?m)^export (\w+)='?(.*?)'?$`)
)

// The variables of a guide do without a provider block what its example does with one.
func TestGuides_signInByEnvironment(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a CLI, and the Azure CLI")
	}
	// The values that a guide does not show.
	secrets := map[string]string{"ARM_CLIENT_SECRET": entra.CIDeployerSecret, "ARM_CLIENT_CERTIFICATE_PASSWORD": certificatePassword}
	for guide, asFor := range map[string]string{
		"azure-cli": "subscription.tf", "client-secret": "main.tf", "client-certificate": "main.tf",
		"managed-identity": "user-assigned.tf", "aks": "main.tf", "hcp-terraform": "aliases.tf",
	} {
		t.Run(guide, func(t *testing.T) {
			s := newExampleCluster(t)
			s.Grant(database("Samples"), "admins", who("alice@contoso.com"), "")
			page, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "authentication-"+guide+".md.tmpl"))
			if err != nil {
				t.Fatal(err)
			}
			section := environmentSection.FindSubmatch(page)
			if section == nil {
				t.Fatal("the guide has no variables for Bash")
			}
			t.Chdir(t.TempDir())
			like := signInGuides[guide+"/"+asFor]
			like.prepare(t)
			for _, e := range exported.FindAllStringSubmatch(string(section[1]), -1) {
				t.Setenv(e[1], strings.Replace(e[2], "…", secrets[e[1]], 1))
			}
			t.Setenv("KUSTO_CLUSTER_URI", s.uri)
			s.testWithCLI(t, resource.TestStep{
				Config: grantHCL("Samples", "viewers", "aadgroup=Data Readers;contoso.com", ""),
				Check:  s.calledBy(like.caller),
			})
		})
	}
}
