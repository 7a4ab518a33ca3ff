package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// kindTest is what a test of one kind of securable needs.
type kindTest struct {
	kind      *kusto.Kind
	securable emulator.Securable
	hcl       string // the arguments that name the securable
}

// kindTests has one for every kind, made from the same table as the product's
// resources.
func kindTests(name string) []kindTest {
	var tests []kindTest
	for _, kind := range kusto.Kinds {
		k := kindTest{kind: kind, securable: emulator.Securable{Kind: kind.Keyword, Database: "Samples"}, hcl: "database_name = \"Samples\"\n"}
		if kind.InsideDatabase() {
			k.securable.Entity = name
			k.hcl += fmt.Sprintf("%s = %s\n", kind.NameAttribute(), quoteHCL(name))
		}
		tests = append(tests, k)
	}
	return tests
}

// addTo makes the securable in the stage's database.
func (k kindTest) addTo(s *stage) {
	if k.kind.InsideDatabase() {
		s.Database("Samples").Add(k.securable.Kind, k.securable.Entity)
	}
}

func (k kindTest) principal(role, principal, more string) string {
	return fmt.Sprintf("resource \"kusto_%s_principal\" \"it\" {\n%s role = %q\n principal_fqn = %q\n %s\n}\n", k.kind.Slug, k.hcl, role, principal, more)
}

func (k kindTest) role(role, more string, principals ...string) string {
	quoted := make([]string, len(principals))
	for i, p := range principals {
		quoted[i] = fmt.Sprintf("%q", p)
	}
	return fmt.Sprintf("resource \"kusto_%s_role\" \"it\" {\n%s role = %q\n principals = [%s]\n %s\n}\n", k.kind.Slug, k.hcl, role, strings.Join(quoted, ", "), more)
}

func (k kindTest) address(what string) string { return "kusto_" + k.kind.Slug + "_" + what + ".it" }

func TestRole_ofEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range kindTests("Night Admin") {
		t.Run(k.kind.Slug, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			k.addTo(s)
			it := k.address("role")
			role := k.kind.RoleNames()[len(k.kind.Roles)-1]
			alice, bob, stranger := who("alice@contoso.com"), who("bob@contoso.com"), who("dashboard")
			s.Grant(k.securable, role, stranger, "")
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{
					{
						Config: s.config(k.role(role, "", "aaduser=alice@contoso.com", bob.FQN())),
						Check: resource.ComposeAggregateTestCheckFunc(
							s.holds(line(k.securable, role, alice.FQN(), ""), line(k.securable, role, bob.FQN(), "")),
							resource.TestCheckResourceAttr(it, "members.%", "2"),
							resource.TestCheckResourceAttr(it, "members.aaduser=alice@contoso.com.resolved_fqn", alice.FQN()),
							s.sent(".set", 1),
						),
					},
					{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"principals", "members"}},
					{
						// a stranger came and a member was lost; the apply mends both in one command
						PreConfig: func() {
							s.Grant(k.securable, role, stranger, "")
							s.Revoke(k.securable, role, bob)
							s.ResetCommands()
						},
						Config: s.config(k.role(role, "", "aaduser=alice@contoso.com", bob.FQN())),
						Check: resource.ComposeAggregateTestCheckFunc(
							s.holds(line(k.securable, role, alice.FQN(), ""), line(k.securable, role, bob.FQN(), "")),
							s.sent(".set", 1),
						),
					},
					{
						Config:           s.config(k.role(role, "", alice.FQN(), "aaduser=bob@contoso.com")),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
					},
				},
				CheckDestroy: s.holds(),
			})
		})
	}
}
