// SPDX-License-Identifier: MPL-2.0

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

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

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
	s := newExampleCluster(t)
	app := who("dashboard")
	t.Setenv("KUSTO_CLIENT_SECRET", app.Secrets[0])
	s.testWithCLI(t, resource.TestStep{
		Config: s.onTestCluster(example(t, "guides/access-tokens/as-the-app.tf")),
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
	needsEphemeral(t)
	s := newExampleCluster(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: s.onTestCluster(example(t, "ephemeral-resources/kusto_access_token/ephemeral-resource.tf")),
			Check:  resource.ComposeAggregateTestCheckFunc(s.sent(".show", 1), s.calledBy("ci-deployer")),
		}},
	})
}

func TestGuides_importAdoptsWithoutAWrite(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	bob := who("bob@contoso.com")
	s.Grant(database("Samples"), "viewers", bob, "somebody's words")
	want := s.holds(line(database("Samples"), "viewers", bob.FQN(), "somebody's words"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: s.onTestCluster(example(t, "guides/adopting-existing-grants/import.tf")),
			Check:  resource.ComposeAggregateTestCheckFunc(want, s.sent(".add", 0)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("kusto_database_principal.bob", plancheck.ResourceActionNoop),
			}},
		}},
	})
}

// A grant ends with the first apply after its date.
func TestGuides_temporaryAccessEnds(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	hcl := s.onTestCluster(example(t, "guides/temporary-access/main.tf"))
	erin := line(database("Samples"), "viewers", who("erin@fabrikam.com").FQN(), "until 2099-01-31T18:00:00Z")
	bob := line(database("Samples"), "viewers", who("bob@contoso.com").FQN(), "until 2098-01-31T18:00:00Z")
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{Config: strings.Replace(hcl, `"2026-01`, `"2098-01`, 1), ConfigStateChecks: clusterIs(s.holds(erin, bob))},
		{Config: hcl, ConfigStateChecks: clusterIs(s.holds(erin)), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(`kusto_database_principal.temporary["aaduser=bob@contoso.com"]`, plancheck.ResourceActionDestroy),
			plancheck.ExpectResourceAction(`kusto_database_principal.temporary["aaduser=erin@fabrikam.com"]`, plancheck.ResourceActionNoop),
		}}},
		{Config: s.config("")},
	}})
}

// All commands of "Without terraform query", with readable names.
func TestGuides_blocksImportWhatThereIs(t *testing.T) {
	t.Parallel()
	s, w := newExampleCluster(t), workspace(t)
	namesake := fake.Directory().AddUser(entra.ContosoTenantID, "bob.marsh@contoso.com", "Bob Marsh")
	for _, p := range []*entra.Principal{who("bob@contoso.com"), namesake, who("Data Readers")} {
		s.Grant(database("Samples"), "viewers", p, "")
	}
	before := s.held()
	run := runsIn(t, w)
	write := func(name, content string) {
		if err := w.Write(name, content); err != nil {
			t.Fatal(err)
		}
	}
	write("main.tf", requiresKusto+s.provider)
	write("read.tf", s.onTestCluster(exampleCluster.ReplaceAllLiteralString(example(t, "guides/adopting-existing-grants/blocks.tf"), s.uri))[len(s.provider):])
	run("init")
	run("apply", "-auto-approve")
	blocks := run("output", "-raw", "import_blocks")
	write("imports.tf", blocks)
	for _, want := range []string{
		"to = kusto_database_principal.viewers_bob_marsh\n", "to = kusto_database_principal.viewers_bob_marsh_1\n", "to = kusto_database_principal.viewers_data_readers\n",
		"|Samples|viewers|aaduser=bob@contoso.com\"", "|Samples|viewers|" + who("Data Readers").FQN() + "\"",
	} {
		if !strings.Contains(blocks, want) {
			t.Errorf("the blocks lack %q:\n%s", want, blocks)
		}
	}
	plan := run("plan", "-generate-config-out=grants.tf")
	if !strings.Contains(plan, "Plan: 3 to import, 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("the plan is not only imports:\n%s", plan)
	}
	run("apply", "-auto-approve")
	if err := same("after adoption", s.held(), before); err != nil {
		t.Error(err)
	}
}

// adxPolicy is the policy that adx sets in an example: adx is not here.
var adxPolicy = regexp.MustCompile(`(?s)resource "adx_table_restricted_view_access_policy" "storm_events" \{.*?\n\}\n`)

func TestGuides_restrictedViewsHaveBothRoles(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	hcl := example(t, "guides/restricted-views/main.tf")
	if !adxPolicy.MatchString(hcl) {
		t.Fatalf("the example has changed:\n%s", hcl)
	}
	group, before := who("On-Call").FQN(), s.held()
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{
			Config:            s.onTestCluster(adxPolicy.ReplaceAllString(hcl, "")),
			ConfigStateChecks: clusterIs(s.holds(line(database("Samples"), "viewers", group, ""), line(database("Samples"), "unrestrictedviewers", group, ""))),
		},
		{Config: s.config(""), ConfigStateChecks: clusterIs(s.holds(before...))},
	}})
}

func TestGuides_adxGrantAsWrittenAfterTheMove(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	s.Grant(database("Samples"), "ingestors", who("telemetry-agent"), "")
	table := kusto.Securable{Kind: "table", Database: "Samples", Entity: "StormEvents"}
	s.testWithCLI(t, resource.TestStep{
		Config: s.onTestCluster(example(t, "guides/migrating-from-adx/after.tf")),
		Check: s.holds(line(database("Samples"), "ingestors", who("telemetry-agent").FQN(), ""),
			line(table, "ingestors", who("telemetry-agent").FQN(), "writes storm reports")),
	})
}

// An Eventhouse: another host, databases that are GUIDs with names for people.
func TestGuides_fabricEventhouse(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	const guid = "0f5ad1b4-0000-4000-8000-00000000e4e4"
	house := fake.AddCluster(kusto.ClusterConfig{
		Host: "trd-00000000000000e4.z4.kusto.fabric.microsoft.com", Admins: []*entra.Principal{who("ci-deployer")},
		Behaviour: kusto.Behaviour{GUIDNames: true},
	})
	house.AddDatabasePretty(guid, "Telemetry").Share("viewers", who("bob@contoso.com"))
	s.Cluster, s.uri = house, house.URI()
	hcl := s.onTestCluster(signedIn(example(t, "guides/fabric-eventhouse/main.tf")))
	s.testWithCLI(t,
		resource.TestStep{Config: hcl, Check: s.holds(line(database(guid), "ingestors", who("telemetry-agent").FQN(), ""))},
		resource.TestStep{Config: hcl, PlanOnly: true},
	)
}

// terraformMinor is the minor version of the CLI: 14 for Terraform 1.14. 0 for OpenTofu.
var terraformMinor = sync.OnceValue(func() int {
	if isTofu() {
		return 0
	}
	return cliMinor()
})

// tofuMinor is the minor version of the CLI: 12 for OpenTofu 1.12. 0 for Terraform.
var tofuMinor = sync.OnceValue(func() int {
	if isTofu() {
		return cliMinor()
	}
	return 0
})

func isTofu() bool {
	return strings.Contains(filepath.Base(os.Getenv("TF_ACC_TERRAFORM_PATH")), "tofu")
}

func cliMinor() int {
	out, err := exec.Command(os.Getenv("TF_ACC_TERRAFORM_PATH"), "version", "-json").Output()
	if err != nil {
		return 0
	}
	var version struct {
		Terraform string `json:"terraform_version"` // OpenTofu calls its own so, too
	}
	var major, minor int
	_ = json.Unmarshal(out, &version)
	if _, err := fmt.Sscanf(version.Terraform, "%d.%d", &major, &minor); err != nil {
		return 0
	}
	return minor
}

// needsEphemeral skips a test of ephemeral resources. Terraform has them since 1.10,
// OpenTofu since 1.11.
func needsEphemeral(t *testing.T) {
	t.Helper()
	if has := terraformMinor() + tofuMinor(); has != 0 && (has < 10 || tofuMinor() == 10) {
		t.Skip("needs Terraform 1.10 or OpenTofu 1.11")
	}
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
			s := newExampleCluster(t)
			s.AddDatabase("Telemetry")
			hcl := refersTo.Replace(fromOthers.ReplaceAllString(example(t, "guides/first-grant/"+path), ""))
			want := map[string]string{
				"adx.tf":    line(database("Samples"), "viewers", who("dashboard").FQN(), ""),
				"fabric.tf": line(database("Telemetry"), "ingestors", who("telemetry-agent").FQN(), ""),
			}[path]
			s.testWithCLI(t, resource.TestStep{
				Config: s.config(hcl + fmt.Sprintf("resource \"terraform_data\" \"cluster\" {\n  input = %q\n}\n", s.uri)), Check: s.holds(want),
			})
		})
	}
}
