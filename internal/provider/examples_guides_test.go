package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// signInGuides are the examples of the sign-in guides: what each sets in the
// environment, as the system does that it is written for, and who it signs in as.
var signInGuides = map[string]struct {
	prepare func(t *testing.T)
	caller  string
	grants  string
}{
	"github-actions/main.tf": {func(t *testing.T) {
		t.Helper()
		federate(emulator.GitHubActionsIssuer, emulator.GitHubSubject)
		t.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", emulator.GitHubRequestURL)
		t.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", emulator.GitHubRequestToken)
	}, "ci-deployer", "viewers|Data Readers|"},
	"azure-pipelines/main.tf": {func(t *testing.T) {
		t.Helper()
		federate(emulator.AzurePipelinesIssuer, emulator.PipelinesSubject)
		t.Setenv("SYSTEM_OIDCREQUESTURI", emulator.PipelinesRequestURL)
		t.Setenv("SYSTEM_ACCESSTOKEN", emulator.PipelinesAccessToken)
	}, "ci-deployer", "viewers|Data Readers|"},
	"gitlab/main.tf": {func(t *testing.T) {
		t.Helper()
		const subject = "project_path:contoso/grants:ref_type:branch:ref:main"
		federate(emulator.GitLabIssuer, subject)
		t.Setenv("KUSTO_OIDC_TOKEN", fake.FederatedToken(emulator.GitLabIssuer, subject, emulator.FederatedAudience, time.Hour))
	}, "ci-deployer", "viewers|Data Readers|"},
	"aks/main.tf": {func(t *testing.T) {
		t.Helper()
		const subject = "system:serviceaccount:deploy:terraform"
		federate(emulator.KubernetesIssuer, subject)
		file := filepath.Join(t.TempDir(), "azure-identity-token")
		token := fake.FederatedToken(emulator.KubernetesIssuer, subject, emulator.FederatedAudience, time.Hour)
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file)
		t.Setenv("AZURE_CLIENT_ID", emulator.CIDeployerAppID)
		t.Setenv("AZURE_TENANT_ID", emulator.ContosoTenantID)
		t.Setenv("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/")
	}, "ci-deployer", "viewers|Data Readers|"},
	"laptop/main.tf":         {azLogin, "alice@contoso.com", "viewers|bob@contoso.com|"},
	"laptop/subscription.tf": {azLogin, "alice@contoso.com", "viewers|bob@contoso.com|"},
}

func federate(issuer, subject string) {
	fake.Directory().AddFederatedCredential(who("ci-deployer"), issuer, subject)
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

// Not in parallel: the environment is the process's.
func TestGuides_signIn(t *testing.T) {
	for path, guide := range signInGuides {
		t.Run(path, func(t *testing.T) {
			s := newExampleStage(t)
			s.Grant(database("Samples"), "admins", who("alice@contoso.com"), "")
			guide.prepare(t)
			hcl := s.onStage(example(t, "guides/authentication-"+path))
			want := append(s.held(), grants{"database": {guide.grants}}.lines()...)
			s.test(t,
				resource.TestStep{Config: hcl, Check: resource.ComposeAggregateTestCheckFunc(s.holds(want...), s.calledBy(guide.caller))},
				resource.TestStep{Config: hcl, PlanOnly: true},
			)
		})
	}
}

// calledBy checks who sent every command.
func (s *testCluster) calledBy(name string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, c := range s.Commands() {
			if c.CallerFQN != who(name).FQN() {
				return fmt.Errorf("%s came from %s, not from %s", c.Text, c.CallerFQN, name)
			}
		}
		return nil
	}
}

// The second half of "getting started": the application that was granted access
// signs in itself.
func TestGuides_gettingStartedAsTheApp(t *testing.T) {
	s := newExampleStage(t)
	app := who("dashboard")
	t.Setenv("KUSTO_CLIENT_SECRET", app.Secrets[0])
	s.test(t, resource.TestStep{
		Config: s.onStage(example(t, "guides/getting-started/as-the-app.tf")),
		Check:  resource.TestCheckOutput("signed_in_as", app.FQN()),
		// A token is another one each time.
		ExpectNonEmptyPlan: true,
	})
}

func TestExamples_ephemeralTokenIsGoodForACommand(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the command of the example is written for a POSIX shell")
	}
	s := newExampleStage(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{{
			Config: s.onStage(example(t, "ephemeral-resources/kusto_access_token/ephemeral-resource.tf")),
			Check:  resource.ComposeAggregateTestCheckFunc(s.sent(".show", 1), s.calledBy("ci-deployer")),
		}},
	})
}

func TestGuides_importAdoptsWithoutAWrite(t *testing.T) {
	t.Parallel()
	s := newExampleStage(t)
	bob := who("bob@contoso.com")
	s.Grant(database("Samples"), "viewers", bob, "somebody's words")
	want := s.holds(line(database("Samples"), "viewers", bob.FQN(), "somebody's words"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: s.onStage(example(t, "guides/adopting-existing-grants/import.tf")),
			Check:  resource.ComposeAggregateTestCheckFunc(want, s.sent(".add", 0)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("kusto_database_principal.bob", plancheck.ResourceActionNoop),
			}},
		}},
	})
}

func TestGuides_blocksImportWhatThereIs(t *testing.T) {
	t.Parallel()
	s := newExampleStage(t)
	bob := who("bob@contoso.com")
	s.Grant(database("Samples"), "viewers", bob, "")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: s.onStage(example(t, "guides/adopting-existing-grants/blocks.tf")),
			Check: resource.TestCheckOutput("import_blocks", fmt.Sprintf(
				"import {\n  to = kusto_database_principal.grant_0\n  id = \"%s|Samples|viewers|%s\"\n}\n", s.uri, bob.FQN())),
		}},
	})
}

func TestGuides_adxGrantAsWrittenAfterTheMove(t *testing.T) {
	t.Parallel()
	s := newExampleStage(t)
	s.Grant(database("Samples"), "ingestors", who("telemetry-agent"), "")
	table := emulator.Securable{Kind: "table", Database: "Samples", Entity: "StormEvents"}
	s.test(t, resource.TestStep{
		Config: s.onStage(example(t, "guides/migrating-from-adx/after.tf")),
		Check: s.holds(line(database("Samples"), "ingestors", who("telemetry-agent").FQN(), ""),
			line(table, "ingestors", who("telemetry-agent").FQN(), "writes storm reports")),
	})
}

// An Eventhouse: another host, databases that are GUIDs with names for people.
func TestGuides_fabricEventhouse(t *testing.T) {
	t.Parallel()
	s := newExampleStage(t)
	const guid = "0f5ad1b4-0000-4000-8000-00000000e4e4"
	house := fake.AddCluster(emulator.ClusterConfig{
		Host: "trd-00000000000000e4.z4.kusto.fabric.microsoft.com", Admins: []*emulator.Principal{who("ci-deployer")},
		Behaviour: emulator.Behaviour{GUIDNames: true},
	})
	house.AddDatabasePretty(guid, "Telemetry").Share("viewers", who("bob@contoso.com"))
	s.Cluster, s.uri = house, house.URI()
	hcl := s.onStage(signedIn(example(t, "guides/fabric-eventhouse/main.tf")))
	s.test(t,
		resource.TestStep{Config: hcl, Check: s.holds(line(database(guid), "ingestors", who("telemetry-agent").FQN(), ""))},
		resource.TestStep{Config: hcl, PlanOnly: true},
	)
}

// terraformMinor is the minor version of the CLI: 14 for Terraform 1.14. 0 for OpenTofu.
var terraformMinor = sync.OnceValue(func() int {
	if isOpenTofu() {
		return 0
	}
	return minorOfCLI()
})

// openTofuMinor is terraformMinor for OpenTofu. 0 for Terraform.
var openTofuMinor = sync.OnceValue(func() int {
	if !isOpenTofu() {
		return 0
	}
	return minorOfCLI()
})

func isOpenTofu() bool {
	return strings.Contains(filepath.Base(os.Getenv("TF_ACC_TERRAFORM_PATH")), "tofu")
}

// minorOfCLI is the minor version of the CLI, 0 if it does not tell.
func minorOfCLI() int {
	out, err := exec.Command(os.Getenv("TF_ACC_TERRAFORM_PATH"), "version", "-json").Output()
	if err != nil {
		return 0
	}
	var version struct {
		Terraform string `json:"terraform_version"` // OpenTofu says it too
	}
	var major, minor int
	_ = json.Unmarshal(out, &version)
	if _, err := fmt.Sscanf(version.Terraform, "%d.%d", &major, &minor); err != nil {
		return 0
	}
	return minor
}

// needsTerraform skips a test of what Terraform 1.minor added.
func needsTerraform(t *testing.T, minor int) {
	t.Helper()
	if has := terraformMinor(); has < minor {
		t.Skipf("needs Terraform 1.%d", minor)
	}
}

// fromOthers are the blocks of other providers in an example, which are not here.
var fromOthers = regexp.MustCompile(`(?ms)^(resource|data) "(azurerm|fabric)_\w+" "\w+" \{.*?^\}\n+`)

// The cluster is made in the same apply: its address is not known before.
func TestGuides_firstGrantOnANewCluster(t *testing.T) {
	t.Parallel()
	for path, refersTo := range map[string]*strings.Replacer{
		"adx.tf": strings.NewReplacer(
			"azurerm_kusto_cluster.example.uri", "terraform_data.cluster.output", "azurerm_kusto_database.samples.name", `"Samples"`,
			"azurerm_kusto_cluster_principal_assignment.terraform", "terraform_data.cluster"),
		"fabric.tf": strings.NewReplacer(
			"fabric_kql_database.telemetry.properties.query_service_uri", "terraform_data.cluster.output", "fabric_kql_database.telemetry.display_name", `"Telemetry"`,
			`variable "workspace_id" {`, "variable \"workspace_id\" {\n  default = \"none\""),
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newExampleStage(t)
			s.AddDatabase("Telemetry")
			hcl := refersTo.Replace(fromOthers.ReplaceAllString(example(t, "guides/first-grant/"+path), ""))
			want := map[string]string{
				"adx.tf":    line(database("Samples"), "viewers", who("dashboard").FQN(), ""),
				"fabric.tf": line(database("Telemetry"), "ingestors", who("telemetry-agent").FQN(), ""),
			}[path]
			s.test(t, resource.TestStep{
				Config: s.config(hcl + fmt.Sprintf("resource \"terraform_data\" \"cluster\" {\n  input = %q\n}\n", s.uri)), Check: s.holds(want),
			})
		})
	}
}
