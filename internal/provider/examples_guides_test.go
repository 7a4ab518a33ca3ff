package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
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

var (
	listBlock = regexp.MustCompile(`(?s)list "(\w+)" "\w+" \{.*?config \{\n(.*?)\n  \}`)
	listValue = regexp.MustCompile(`(\w+)\s+= "(.*)"`)
)

// What `terraform query` would find, over the protocol: any CLI will do.
func TestExamples_listFindsWhatThereIs(t *testing.T) {
	t.Parallel()
	paths := []string{"guides/adopting-existing-grants/query.tfquery.hcl"}
	for _, kind := range kusto.SecurableTypes {
		paths = append(paths, "list-resources/kusto_"+kind.Slug+"_principal/list-resource.tfquery.hcl")
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			blocks := listBlock.FindAllStringSubmatch(example(t, path), -1)
			if len(blocks) == 0 {
				t.Fatal("no list block")
			}
			for _, block := range blocks {
				s := newExampleStage(t)
				slug := strings.TrimSuffix(strings.TrimPrefix(block[1], "kusto_"), "_principal")
				grants{slug: {"admins|alice@contoso.com|", "admins|bob@contoso.com|"}}.giveOn(s)
				want := 0 // Alice, Bob, and who created it
				for _, g := range s.AllGrants() {
					if g.Securable.Kind == exampleSecurable(slug).Kind {
						want++
					}
				}
				if got := s.list(t, block[1], listValue.FindAllStringSubmatch(block[2], -1)); got != want {
					t.Errorf("%s found %d grants, want %d", block[1], got, want)
				}
			}
		})
	}
}

// list asks the provider as `terraform query` does, and counts what it finds.
func (s *testCluster) list(t *testing.T, typeName string, arguments [][]string) int {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(New("test", WithRetry(fastRetry))())()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(testContext(t), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	app := who("ci-deployer")
	provider := dynamic(t, schemas.Provider, map[string]string{
		"cluster_uri": s.uri, "tenant_id": app.TenantID, "client_id": app.AppID, "client_secret": app.Secrets[0],
	})
	if _, err := server.ConfigureProvider(testContext(t), &tfprotov6.ConfigureProviderRequest{Config: provider}); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, a := range arguments {
		values[a[1]] = a[2]
	}
	stream, err := server.(tfprotov6.ListResourceServer).ListResource(testContext(t), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: dynamic(t, schemas.ListResourceSchemas[typeName], values), IncludeResource: true, Limit: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for result := range stream.Results {
		for _, d := range result.Diagnostics {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
		found++
	}
	return found
}

// dynamic is a configuration with some strings set and everything else null.
func dynamic(t *testing.T, schema *tfprotov6.Schema, set map[string]string) *tfprotov6.DynamicValue {
	t.Helper()
	objectType := schema.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attribute := range objectType.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
		if value, ok := set[name]; ok {
			values[name] = tftypes.NewValue(attribute, value)
		}
	}
	config, err := tfprotov6.NewDynamicValue(objectType, tftypes.NewValue(objectType, values))
	if err != nil {
		t.Fatal(err)
	}
	return &config
}

// knowsIdentities reports whether the CLI imports by identity: Terraform 1.12.
var knowsIdentities = sync.OnceValue(func() bool {
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	out, err := exec.Command(path, "version", "-json").Output()
	if err != nil || strings.Contains(filepath.Base(path), "tofu") {
		return false
	}
	var version struct {
		Terraform string `json:"terraform_version"`
	}
	var major, minor int
	_ = json.Unmarshal(out, &version)
	_, err = fmt.Sscanf(version.Terraform, "%d.%d", &major, &minor)
	return err == nil && (major > 1 || minor >= 12)
})
