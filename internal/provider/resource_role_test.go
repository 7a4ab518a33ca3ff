// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// securableTest is what a test of one kind of securable needs.
type securableTest struct {
	securableType *kusto.SecurableType
	securable     fakekusto.Securable
	hcl           string // the arguments that name the securable
}

// securableTests has one for a database and for every kind of entity, made from the same table
// as the product's resources. Those of a cluster are in cluster_principal_test.go.
func securableTests(name string) []securableTest {
	var tests []securableTest
	for _, kind := range kusto.SecurableTypes {
		if kind == kusto.Cluster {
			continue
		}
		k := securableTest{securableType: kind, securable: fakekusto.Securable{Kind: kind.Keyword, Database: "Samples"}, hcl: "database_name = \"Samples\"\n"}
		if kind.InsideDatabase() {
			k.securable.Entity = name
			k.hcl += fmt.Sprintf("%s = %s\n", kind.NameAttribute(), quoteHCL(name))
		}
		tests = append(tests, k)
	}
	return tests
}

// addTo makes the securable in the test cluster's database.
func (k securableTest) addTo(s *testCluster) {
	if k.securableType.InsideDatabase() {
		s.Database("Samples").Add(k.securable.Kind, k.securable.Entity)
	}
}

func (k securableTest) principal(role, principal, more string) string {
	return fmt.Sprintf("resource \"kusto_%s_principal\" \"it\" {\n%s role = %q\n principal_fqn = %q\n %s\n}\n", k.securableType.Slug, k.hcl, role, principal, more)
}

func (k securableTest) role(role string, principals ...string) string {
	quoted := make([]string, len(principals))
	for i, p := range principals {
		quoted[i] = fmt.Sprintf("%q", p)
	}
	return fmt.Sprintf("resource \"kusto_%s_role\" \"it\" {\n%s role = %q\n principals = [%s]\n}\n", k.securableType.Slug, k.hcl, role, strings.Join(quoted, ", "))
}

func (k securableTest) address(what string) string {
	return "kusto_" + k.securableType.Slug + "_" + what + ".it"
}

func TestRole_ofEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("Night Admin") {
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			k.addTo(s)
			it := k.address("role")
			role := k.securableType.RoleNames()[len(k.securableType.Roles)-1]
			alice, bob, unmanaged := who("alice@contoso.com"), who("bob@contoso.com"), who("dashboard")
			s.Grant(k.securable, role, unmanaged, "")
			runCase(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{
					{
						Config: s.config(k.role(role, "aaduser=alice@contoso.com", bob.FQN())),
						Check: resource.ComposeAggregateTestCheckFunc(
							s.holds(line(k.securable, role, alice.FQN(), ""), line(k.securable, role, bob.FQN(), "")),
							resource.TestCheckResourceAttr(it, "members.%", "2"),
							resource.TestCheckResourceAttr(it, "members.aaduser=alice@contoso.com.resolved_fqn", alice.FQN()),
							s.sent(".add", 1), s.sent(".drop", 1), s.sent(".set", 0),
						),
					},
					{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"principals", "members", "removed_principals"}},
					{
						// Drift in both directions.
						PreConfig: func() {
							s.Grant(k.securable, role, unmanaged, "")
							s.Revoke(k.securable, role, bob)
							s.ResetCommands()
						},
						Config: s.config(k.role(role, "aaduser=alice@contoso.com", bob.FQN())),
						Check: resource.ComposeAggregateTestCheckFunc(
							s.holds(line(k.securable, role, alice.FQN(), ""), line(k.securable, role, bob.FQN(), "")),
							s.sent(".add", 1), s.sent(".drop", 1), s.sent(".set", 0),
						),
					},
					{
						Config:           s.config(k.role(role, alice.FQN(), "aaduser=bob@contoso.com")),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
					},
				},
				CheckDestroy: s.holds(),
			})
		})
	}
}

// viewersRole is a kusto_database_role "it" that owns the list of viewers, Alice.
func viewersRole(more string) string {
	return fmt.Sprintf("resource \"kusto_database_role\" \"it\" {\n database_name = \"Samples\"\n role = \"viewers\"\n principals = [%s]\n %s\n}\n", alice, more)
}

func TestIgnorePrincipals_areNeitherAddedNorRemovedNorShown(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.SetBehaviour(fakekusto.Behaviour{SharedAsDirect: true})
	robert, readers, workspace := who("bob@contoso.com"), who("Data Readers"), who("dashboard")
	at := func(fqn string) string { return line(database("Samples"), "viewers", fqn, "") }
	s.Grant(database("Samples"), "viewers", robert, "")
	s.Database("Samples").Share("viewers", workspace)
	ignored := fmt.Sprintf(`ignore_principals = [%s, %q, "aaduser=nobody@contoso.com"]`, bob, workspace.FQN())
	one := resource.TestCheckResourceAttr("kusto_database_role.it", "members.%", "1")
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	s.testLockouts(t, []string{at(robert.FQN())},
		resource.TestStep{Config: s.config(viewersRole(ignored)), Check: resource.ComposeTestCheckFunc(one, s.holds(at(who("alice@contoso.com").FQN()), at(robert.FQN())))},
		resource.TestStep{Config: s.config(viewersRole(ignored)), ConfigPlanChecks: empty},
		resource.TestStep{PreConfig: func() { s.Grant(database("Samples"), "viewers", readers, "") },
			Config: s.config(viewersRole(ignored)), Check: resource.ComposeTestCheckFunc(one, s.holds(at(who("alice@contoso.com").FQN()), at(robert.FQN())))},
	)
}

func TestIgnorePrincipals_thatAreNoLongerIgnoredLeave(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	at := line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")
	s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "")
	s.testLockouts(t, nil,
		resource.TestStep{Config: s.config(viewersRole("ignore_principals = [" + bob + "]"))},
		resource.TestStep{Config: s.config(viewersRole("")), Check: s.holds(at)},
		resource.TestStep{PreConfig: func() { s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "") },
			Config: s.config(viewersRole("ignore_principals = [" + bob + "]")), Check: s.holds(at, line(database("Samples"), "viewers", who("bob@contoso.com").FQN(), ""))},
		resource.TestStep{Config: s.config(viewersRole("ignore_principals = [\"AADUSER=Alice@contoso.com\"]")), ExpectError: says("Conflicting principals", "AADUSER=Alice@contoso.com")},
		resource.TestStep{Config: s.config(viewersRole(""))},
	)
}

func TestIgnorePrincipals_areOfferedForARoleOfTheWorkspace(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.SetBehaviour(fakekusto.Behaviour{SharedAsDirect: true})
	s.Database("Samples").Share("viewers", who("dashboard"))
	s.testLockouts(t, nil,
		resource.TestStep{Config: s.config(viewersRole("")), ExpectError: says("Kusto did not revoke the role", who("dashboard").FQN(), "Fabric workspace", "ignore_principals")},
		resource.TestStep{Config: s.config(viewersRole(fmt.Sprintf("ignore_principals = [%q]", who("dashboard").FQN())))},
	)
}
