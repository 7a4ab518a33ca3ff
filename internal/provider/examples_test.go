// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// Every file below examples/, from which the documentation is made, is applied
// here. What a file is expected to grant stands in exampleGrants.

const examplesDir = "../../examples"

// exampleCluster is any address that an example can hold.
var exampleCluster = regexp.MustCompile(`https://(mycluster\.westeurope\.kusto\.windows\.net|trd-[0-9a-f]+\.z4\.kusto\.fabric\.microsoft\.com)`)

// settingsBlock is what an example says of the provider's source; the tests bring
// their own.
var settingsBlock = regexp.MustCompile(`(?ms)^terraform \{.*?^\}\n`)

func example(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(examplesDir, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return settingsBlock.ReplaceAllString(string(content), "")
}

// onTestCluster makes an example one about the test cluster; the sign-in is the test
// cluster's too, where the example leaves it open.
func (s *testCluster) onTestCluster(hcl string) string {
	hcl = exampleCluster.ReplaceAllLiteralString(hcl, s.uri)
	hcl = strings.Replace(hcl, "provider \"kusto\" {}\n", "", 1) // which takes all from the environment
	if strings.Contains(hcl, `provider "kusto"`) {
		return hcl
	}
	return s.config(hcl)
}

// signedIn writes the deployer's sign-in into the example's provider block.
func signedIn(hcl string) string {
	app := who("ci-deployer")
	return strings.Replace(hcl, "provider \"kusto\" {\n", fmt.Sprintf(
		"provider \"kusto\" {\n  tenant_id = %q\n  client_id = %q\n  client_secret = %q\n", app.TenantID, app.AppID, app.Secrets[0]), 1)
}

var examplePrincipals = sync.OnceFunc(func() {
	d := fake.Directory()
	for _, name := range []string{"telemetry-agent", "stream-analytics", "query-library"} {
		d.AddApp(entra.ContosoTenantID, name)
	}
	for _, name := range []string{"Lake Owners", "Network Team"} {
		d.AddGroup(entra.ContosoTenantID, name, "")
	}
})

// newExampleCluster is a test cluster with everything that the examples name, on a cluster
// that wants a role on the database before one inside it.
func newExampleCluster(t *testing.T) *testCluster {
	t.Helper()
	s := newTestCluster(t)
	examplePrincipals()
	s.SetBehaviour(fakekusto.Behaviour{Prerequisites: true})
	for _, kind := range kusto.SecurableTypes {
		if kind.InsideDatabase() {
			s.Database("Samples").Add(kind.Keyword, kind.Example)
		}
	}
	return s
}

// grants are lines as held gives them, without the securable: "viewers alice@contoso.com".
type grants map[string][]string // by the kind's slug

// exampleGrants says what each example grants on Samples and what is in it: by
// kind of securable, role, principal and notes, parted by "|".
var exampleGrants = map[string]grants{
	"resources/kusto_cluster_principal/resource.tf": {"cluster": {
		"alldatabasesmonitors|On-Call|looks at slow queries", "alldatabasesviewers|dashboard|",
	}},
	"resources/kusto_database_principal/resource.tf": {"database": {
		"viewers|dashboard|the sales dashboard", "users|Data Readers|",
		"ingestors|erin@fabrikam.com|Erin Cole at Fabrikam, until the migration ends",
	}},
	"resources/kusto_database_role/resource.tf": {"database": {"viewers|Data Readers|", "viewers|dashboard|the sales dashboard", "viewers|alice@contoso.com|"}},
	"resources/kusto_database_access/resource.tf": {"database": {
		"admins|ci-deployer|", "admins|On-Call|", "viewers|Data Readers|", "viewers|dashboard|the sales dashboard", "ingestors|telemetry-agent|",
	}},
	"resources/kusto_table_access/resource.tf": {
		"database": {"users|Lake Owners|", "users|telemetry-agent|"}, "table": {"admins|Lake Owners|", "ingestors|telemetry-agent|"},
	},
	"resources/kusto_table_principal/resource.tf": {
		"database": {"users|telemetry-agent|"}, "table": {"ingestors|telemetry-agent|writes storm reports"},
	},
	"resources/kusto_table_role/resource.tf": {
		"database": {"users|telemetry-agent|", "users|stream-analytics|"},
		"table":    {"ingestors|telemetry-agent|", "ingestors|stream-analytics|"},
	},
	"resources/kusto_external_table_principal/resource.tf": {
		"database": {"viewers|Lake Owners|"}, "external_table": {"admins|Lake Owners|own the storage account behind it"},
	},
	"resources/kusto_external_table_role/resource.tf": {"database": {"viewers|Lake Owners|"}, "external_table": {"admins|Lake Owners|"}},
	"resources/kusto_materialized_view_principal/resource.tf": {
		"database": {"users|bob@contoso.com|"}, "materialized_view": {"admins|bob@contoso.com|maintains the daily counts"},
	},
	"resources/kusto_materialized_view_role/resource.tf": {
		"database":          {"users|bob@contoso.com|", "users|alice@contoso.com|"},
		"materialized_view": {"admins|bob@contoso.com|", "admins|alice@contoso.com|"},
	},
	"resources/kusto_function_principal/resource.tf": {
		"database": {"users|query-library|"}, "function": {"admins|query-library|deploys from contoso/queries"},
	},
	"resources/kusto_function_role/resource.tf":         {"database": {"users|query-library|"}, "function": {"admins|query-library|"}},
	"resources/kusto_graph_model_principal/resource.tf": {"database": {"viewers|Network Team|"}, "graph_model": {"admins|Network Team|"}},
	"resources/kusto_graph_model_role/resource.tf": {
		"database":    {"viewers|Network Team|", "viewers|alice@contoso.com|"},
		"graph_model": {"admins|Network Team|", "admins|alice@contoso.com|"},
	},
	"functions/parse_script/function.tf": {
		"database": {"users|telemetry-agent|", "viewers|Data Readers|dashboards", "viewers|dashboard|dashboards"}, "table": {"ingestors|telemetry-agent|"},
	},
	"provider/provider.tf":                                  {"database": {"viewers|dashboard|the sales dashboard"}},
	"data-sources/kusto_access_token/data-source.tf":        {},
	"data-sources/kusto_client_config/data-source.tf":       {"database": {"viewers|ci-deployer|"}},
	"data-sources/kusto_cluster_principals/data-source.tf":  {},
	"data-sources/kusto_database_principals/data-source.tf": {},
	"data-sources/kusto_databases/data-source.tf":           {"database": {"monitors|On-Call|"}},
	"data-sources/kusto_principal_roles/data-source.tf":     {},
	"data-sources/kusto_entities/data-source.tf": {
		"database": {"users|telemetry-agent|"}, "table": {"ingestors|telemetry-agent|"},
	},
	"data-sources/kusto_table_principals/data-source.tf":             {},
	"data-sources/kusto_external_table_principals/data-source.tf":    {},
	"data-sources/kusto_materialized_view_principals/data-source.tf": {},
	"data-sources/kusto_function_principals/data-source.tf":          {},
	"data-sources/kusto_graph_model_principals/data-source.tf":       {},
	"functions/principal_fqn/function.tf":                            {"database": {"ingestors|dashboard|"}},
	"functions/parse_principal_fqn/function.tf":                      {"database": {"viewers|Data Readers|"}},
	"guides/getting-started/main.tf":                                 {"database": {"viewers|bob@contoso.com|reads the dashboards"}},
	"guides/access-tokens/grant.tf":                                  {"database": {"users|dashboard|getting started"}},
	"guides/member-or-role/member.tf":                                {"database": {"viewers|Data Readers|"}},
	"guides/member-or-role/role.tf":                                  {"database": {"viewers|Data Readers|", "viewers|dashboard|"}},
	"guides/member-or-role/admins.tf":                                {"database": {"admins|ci-deployer|", "admins|On-Call|"}},
	"guides/migrating-from-azurerm/after.tf":                         {"database": {"viewers|dashboard|"}},
	"guides/adopting-existing-grants/blocks.tf":                      {},
	"guides/audit/admins.tf":                                         {},
	"guides/audit/checks.tf":                                         {},
	"guides/first-grant/tables.tf":                                   {"database": {"users|telemetry-agent|"}, "table": {"ingestors|telemetry-agent|"}},
	"guides/adopting-existing-grants/main.tf":                        {},
}

// exampleSecurable is the one that the examples of a type are about.
func exampleSecurable(slug string) fakekusto.Securable {
	if slug == kusto.Cluster.Slug {
		return onCluster
	}
	for _, kind := range kusto.SecurableTypes {
		if kind.Slug == slug && kind.InsideDatabase() {
			return fakekusto.Securable{Kind: kind.Keyword, Database: "Samples", Entity: kind.Example}
		}
	}
	return database("Samples")
}

// lines are the grants as held gives them.
func (g grants) lines() []string {
	lines := []string{}
	for _, kind := range kusto.SecurableTypes {
		s := exampleSecurable(kind.Slug)
		for _, grant := range g[kind.Slug] {
			parts := strings.SplitN(grant, "|", 3)
			lines = append(lines, line(s, parts[0], who(parts[1]).FQN(), parts[2]))
		}
	}
	return lines
}

func TestExamples_grantWhatTheySay(t *testing.T) {
	t.Parallel()
	for path, want := range exampleGrants {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newExampleCluster(t)
			var checks []tfversion.TerraformVersionCheck
			if strings.HasPrefix(path, "functions/") {
				checks = append(checks, tfversion.SkipBelow(tfversion.Version1_8_0))
			}
			hcl := s.onTestCluster(signedIn(example(t, path)))
			before := s.held()
			// A token is another one each time, and what a check reads is read again.
			changes := strings.Contains(hcl, "kusto_access_token") || strings.Contains(hcl, "check \"")
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories, TerraformVersionChecks: checks,
				Steps: []resource.TestStep{
					{Config: hcl, ConfigStateChecks: clusterIs(s.holds(want.lines()...)), ExpectNonEmptyPlan: changes},
					{Config: s.config(""), ConfigStateChecks: clusterIs(s.holds(before...))},
				},
			})
		})
	}
}

// clusterIs is a check that also takes a state with for_each in it.
func clusterIs(check resource.TestCheckFunc) []statecheck.StateCheck {
	return []statecheck.StateCheck{clusterCheck{check}}
}

type clusterCheck struct{ check resource.TestCheckFunc }

func (c clusterCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = c.check(nil)
}

// Each of the two ways to import leads to a plan that does not touch the grant.
func TestExamples_importLeadsToAnEmptyPlan(t *testing.T) {
	t.Parallel()
	for _, kind := range kusto.SecurableTypes {
		for _, what := range []string{"principal", "role"} {
			if what == "role" && kind.MembersOnly {
				continue
			}
			name := "kusto_" + kind.Slug + "_" + what
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				folder := "resources/" + name + "/"
				byID := example(t, folder+"import-by-string-id.tf")
				checkSameImport(t, byID, example(t, folder+"import.sh"), example(t, folder+"import-by-identity.tf"))
				for _, file := range importFiles() {
					s := newExampleCluster(t)
					exampleGrants[folder+"resource.tf"].giveOn(s)
					if kind != kusto.Cluster {
						s.Revoke(exampleSecurable(kind.Slug), "admins", s.deployer) // who created it
					}
					resource.Test(t, resource.TestCase{
						ProtoV6ProviderFactories: factories,
						Steps: []resource.TestStep{{
							Config: s.onTestCluster(example(t, folder+"resource.tf") + example(t, folder+file)),
							ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
								plancheck.ExpectResourceAction(importAddress.FindStringSubmatch(byID)[1], plancheck.ResourceActionNoop),
							}},
							ConfigStateChecks: clusterIs(s.holds(exampleGrants[folder+"resource.tf"].lines()...)),
						}, {Config: s.config("")}},
					})
				}
			})
		}
	}
}

// giveOn makes grants on a test cluster by other means than Terraform.
func (g grants) giveOn(s *testCluster) {
	for _, kind := range kusto.SecurableTypes {
		for _, grant := range g[kind.Slug] {
			parts := strings.SplitN(grant, "|", 3)
			s.Grant(exampleSecurable(kind.Slug), parts[0], who(parts[1]), parts[2])
		}
	}
}

// importFiles are the imports that the installed CLI understands.
func importFiles() []string {
	files := []string{"import-by-string-id.tf"}
	if terraformMinor() >= 12 || tofuMinor() >= 12 {
		files = append(files, "import-by-identity.tf")
	}
	return files
}

var (
	importAddress   = regexp.MustCompile(`to\s+= (\S+)`)
	importCommandID = regexp.MustCompile(`id = "(.*)"`)
	importShell     = regexp.MustCompile(`(?m)^terraform import (\S+) '(.*)'$`)
	importPart      = regexp.MustCompile(`(?m)^    \w+\s+= "(.*)"$`)
)

// checkSameImport holds the three forms to one import.
func checkSameImport(t *testing.T, byID, shell, byIdentity string) {
	t.Helper()
	address, id := importAddress.FindStringSubmatch(byID)[1], importCommandID.FindStringSubmatch(byID)[1]
	if got := importShell.FindStringSubmatch(shell); got[1] != address || got[2] != id {
		t.Errorf("import.sh imports %s as %s", got[2], got[1])
	}
	var parts []string
	for _, part := range importPart.FindAllStringSubmatch(byIdentity, -1) {
		parts = append(parts, part[1])
	}
	if got := importAddress.FindStringSubmatch(byIdentity)[1]; got != address || strings.Join(parts, "|") != id {
		t.Errorf("import-by-identity.tf imports %v as %s", parts, got)
	}
}

func TestExamples_everyFileIsApplied(t *testing.T) {
	t.Parallel()
	applied := map[string]bool{
		"demo/main.tf": true, // by make demo
		"ephemeral-resources/kusto_access_token/ephemeral-resource.tf": true,
		"guides/access-tokens/as-the-app.tf":                           true,
		"guides/access-tokens/tokens.tf":                               true, // by internal/acctest
		"guides/adopting-existing-grants/import.tf":                    true,
		"guides/fabric-eventhouse/main.tf":                             true,
		"guides/from-scripts/main.tf":                                  true,
		"guides/from-scripts/checked.tf":                               true,
		"guides/migrating-from-adx/after.tf":                           true,
		"guides/migrating-from-azurerm/before.tf":                      true,
		"guides/migrating-from-azurerm/moved.tf":                       true,
		"guides/migrating-from-azurerm/for-each-locals.tf":             true,
		"guides/migrating-from-azurerm/for-each-before.tf":             true,
		"guides/migrating-from-azurerm/for-each-after.tf":              true,
		"guides/migrating-from-adx/before.tf":                          true,
		"guides/restricted-views/main.tf":                              true,
		"guides/grants-as-data/complete.tf":                            true,
		"guides/grants-as-data/identity.tf":                            true,
		"guides/grants-as-data/matrix.tf":                              true,
		"guides/grants-as-data/people.tf":                              true,
		"guides/grants-as-data/schema_tools.tf":                        true,
		"modules/database-access/tests/same_apply/main.tf":             true,
		"guides/temporary-access/main.tf":                              true,
		"guides/refactoring/before.tf":                                 true,
		"guides/refactoring/renamed.tf":                                true,
		"guides/refactoring/role.tf":                                   true,
		"guides/refactoring/removed.tf":                                true,
		"guides/migrating-from-adx/moved.tf":                           true,
		"actions/kusto_refresh_group_membership/action.tf":             true,
		"guides/testing/main.tf":                                       true,
		"guides/testing/tests/held/main.tf":                            true,
		"modules/database-access/main.tf":                              true,
		"modules/database-access/outputs.tf":                           true,
		"modules/database-access/tests/held/main.tf":                   true,
		"modules/database-access/variables.tf":                         true,
		"modules/database-access/versions.tf":                          true,
		"guides/first-grant/adx.tf":                                    true,
		"guides/first-grant/fabric.tf":                                 true,
		// It refers to a cluster that azurerm makes, and azurerm is not here.
		"guides/migrating-from-azurerm/provider.tf": true,
	}
	for path := range exampleGrants {
		applied[path] = true
	}
	for path := range signInGuides {
		applied["guides/authentication-"+path] = true
	}
	err := fs.WalkDir(os.DirFS(examplesDir), ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tf") && !applied[path] && !strings.HasPrefix(filepath.Base(path), "import-by-") {
			t.Errorf("no test applies %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
