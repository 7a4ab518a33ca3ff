// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

var emptyPlan = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// nightAdmin is a table whose name ends like a role.
var nightAdmin = kusto.Securable{Kind: "table", Database: "Samples", Entity: "Night Admin"}

// alikes are principals that are easily taken for one another, and are not.
var alikes = []struct{ name, one, other string }{
	{"same display name", "sam.lee@contoso.com", "sam.lee2@contoso.com"},
	{"other tenant hides names", "erin@fabrikam.com", "frank@fabrikam.com"},
	{"a display name that holds another's UPN", "eve@contoso.com", "alice@contoso.com"},
	{"one UPN is the end of the other", "x.bob@contoso.com", "bob@contoso.com"},
}

func addAlikes() {
	d := fake.Directory()
	for _, u := range []struct{ tenant, upn, name string }{
		{entra.FabrikamTenantID, "frank@fabrikam.com", "Frank Holm"},
		{entra.ContosoTenantID, "eve@contoso.com", "Eve (upn: alice@contoso.com)"},
		{entra.ContosoTenantID, "x.bob@contoso.com", "Bob Marsh"},
	} {
		if d.Lookup(u.upn) == nil {
			d.AddUser(u.tenant, u.upn, u.name)
		}
	}
}

func TestMember_tellsAlikesApart(t *testing.T) {
	t.Parallel()
	for _, c := range alikes {
		for _, order := range [][2]string{{c.one, c.other}, {c.other, c.one}} {
			t.Run(c.name+": "+order[0], func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t)
				skipIfHidden(t, order[0])
				ours, theirs := who(order[0]), who(order[1])
				s.Database("Samples").AddTable("Night Admin")
				s.Grant(nightAdmin, "ingestors", theirs, "theirs")
				hcl := s.config(fmt.Sprintf("resource \"kusto_table_principal\" \"it\" {\n database_name = \"Samples\"\n table_name = \"Night Admin\"\n role = \"ingestors\"\n principal_fqn = \"aaduser=%s\"\n notes = \"ours\"\n}\n", order[0]))
				theirLine := line(nightAdmin, "ingestors", theirs.FQN(), "theirs")
				runCase(t, resource.TestCase{
					ProtoV6ProviderFactories: factories,
					Steps: []resource.TestStep{
						{Config: hcl, Check: resource.ComposeAggregateTestCheckFunc(
							s.holds(theirLine, line(nightAdmin, "ingestors", ours.FQN(), "ours")),
							resource.TestCheckResourceAttr("kusto_table_principal.it", "resolved_fqn", ours.FQN()),
						)},
						{
							PreConfig: func() { s.Revoke(nightAdmin, "ingestors", ours) },
							Config:    hcl,
							ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
								plancheck.ExpectResourceAction("kusto_table_principal.it", plancheck.ResourceActionCreate),
							}},
							Check: s.holds(theirLine, line(nightAdmin, "ingestors", ours.FQN(), "ours")),
						},
					},
					CheckDestroy: s.holds(theirLine),
				})
			})
		}
	}
}

func TestRole_tellsAlikesApart(t *testing.T) {
	t.Parallel()
	for _, c := range alikes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			skipIfHidden(t, c.one)
			one, other := who(c.one), who(c.other)
			k := securableTests("Night Admin")[1]
			k.addTo(s)
			s.Grant(k.securable, "ingestors", other, "")
			both := s.config(k.role("ingestors", "aaduser="+c.one, "aaduser="+c.other))
			justOne := s.config(k.role("ingestors", "aaduser="+c.one))
			lineOf := func(p *entra.Principal) string { return line(k.securable, "ingestors", p.FQN(), "") }
			s.testFrom(t, nil,
				resource.TestStep{Config: both, Check: resource.ComposeAggregateTestCheckFunc(
					s.holds(lineOf(one), lineOf(other)),
					resource.TestCheckResourceAttr("kusto_table_role.it", "members.aaduser="+c.one+".resolved_fqn", one.FQN()),
					resource.TestCheckResourceAttr("kusto_table_role.it", "members.aaduser="+c.other+".resolved_fqn", other.FQN()),
				)},
				resource.TestStep{Config: justOne, Check: s.holds(lineOf(one))},
				resource.TestStep{
					PreConfig: func() { s.Grant(k.securable, "ingestors", other, "") },
					Config:    justOne,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("kusto_table_role.it", plancheck.ResourceActionUpdate),
					}},
					Check: s.holds(lineOf(one)),
				},
			)
		})
	}
}

// testFrom is test for a test cluster that must end with exactly these grants.
func (s *testCluster) testFrom(t *testing.T, left []string, steps ...resource.TestStep) {
	t.Helper()
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories, Steps: steps, CheckDestroy: s.holds(left...),
	})
}

func TestTable_leavesItsDatabasesAdminsAlone(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	k := securableTests("Night Admin")[1]
	k.addTo(s)
	bob := who("bob@contoso.com")
	s.Grant(database("Samples"), "admins", bob, "")
	inherited := line(database("Samples"), "admins", bob.FQN(), "")
	s.testFrom(t, []string{inherited},
		resource.TestStep{ // Bob is in the table's list as its database's admin, and in this role he is not
			Config: s.config(k.role("admins", "aaduser=alice@contoso.com")),
			Check: resource.ComposeAggregateTestCheckFunc(
				s.holds(inherited, line(k.securable, "admins", who("alice@contoso.com").FQN(), "")),
				resource.TestCheckResourceAttr("kusto_table_role.it", "members.%", "1"),
			),
		},
		resource.TestStep{Config: s.config("")},
		resource.TestStep{
			Config: s.config(k.principal("admins", "aaduser=bob@contoso.com", "")),
			Check:  s.holds(inherited, line(k.securable, "admins", bob.FQN(), "")),
		},
	)
}

func TestEntity_goneUnderAGrantIsPlannedAnew(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("Gone") {
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			k.addTo(s)
			vanish := func() {
				if k.securableType.InsideDatabase() {
					s.Database("Samples").Remove(k.securable.Kind, k.securable.Entity)
				} else {
					s.RemoveDatabase("Samples")
				}
			}
			hcl := s.config(k.principal("admins", "aaduser=alice@contoso.com", "allow_lockout = true"))
			s.test(t,
				resource.TestStep{Config: hcl},
				resource.TestStep{PreConfig: vanish, Config: hcl, PlanOnly: true, ExpectNonEmptyPlan: true},
				resource.TestStep{
					PreConfig: func() { s.AddDatabase("Samples"); k.addTo(s) },
					Config:    hcl,
					Check:     s.holds(line(k.securable, "admins", who("alice@contoso.com").FQN(), "")),
				},
				resource.TestStep{ // and destroying what is gone with its securable is no error
					PreConfig: vanish, Config: s.config(""),
				},
			)
		})
	}
}

func TestRole_goneUnderItIsPlannedAnew(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	k := securableTests("Gone")[1]
	k.addTo(s)
	hcl := s.config(k.role("ingestors", "aaduser=alice@contoso.com"))
	s.test(t,
		resource.TestStep{Config: hcl},
		resource.TestStep{PreConfig: func() { s.Database("Samples").Remove("table", "Gone") }, Config: hcl, PlanOnly: true, ExpectNonEmptyPlan: true},
		resource.TestStep{
			PreConfig: func() { k.addTo(s) }, Config: hcl,
			Check: s.holds(line(k.securable, "ingestors", who("alice@contoso.com").FQN(), "")),
		},
	)
}

func TestRead_callerWhoMayNotLookGetsTheError(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app := fake.Directory().AddApp(entra.ContosoTenantID, "demoted")
	s.Grant(database("Samples"), "admins", app, "")
	hcl := s.signedInAs(app) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	s.testFrom(t, nil,
		resource.TestStep{Config: hcl},
		resource.TestStep{
			PreConfig:   func() { s.Revoke(database("Samples"), "admins", app) },
			Config:      hcl,
			ExpectError: says("Not authorized to read viewers", "Kusto said (HTTP 403)"),
		},
		resource.TestStep{
			PreConfig: func() { s.Grant(database("Samples"), "admins", app, "") },
			Config:    hcl, ConfigPlanChecks: emptyPlan,
		},
		resource.TestStep{Config: s.signedInAs(who("ci-deployer")), PreConfig: func() { s.Revoke(database("Samples"), "admins", app) }},
	)
}

func TestPrincipals_listsEveryoneWithInheritedOnesMarked(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("Night Admin") {
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			k.addTo(s)
			alice := who("alice@contoso.com")
			s.Grant(k.securable, "admins", alice, "by hand")
			it := "data.kusto_" + k.securableType.Slug + "_principals.it"
			source := func(more string) string {
				return s.config(fmt.Sprintf("data \"kusto_%s_principals\" \"it\" {\n%s %s\n}\n", k.securableType.Slug, k.hcl, more))
			}
			left := line(k.securable, "admins", alice.FQN(), "by hand")
			s.testFrom(t, []string{left},
				resource.TestStep{Config: source(`role = "admins"`), Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckTypeSetElemNestedAttrs(it, "principals.*", map[string]string{
						"principal_fqn": alice.FQN(), "inherited": "false", "role": "admins", "notes": "by hand",
						"principal_type": "user", "principal_id": alice.ObjectID, "tenant_id": alice.TenantID,
					}),
					resource.TestCheckTypeSetElemNestedAttrs(it, "principals.*", map[string]string{
						"principal_fqn": who("ci-deployer").FQN(), "inherited": "true", "role": "admins", "role_description": "AllDatabasesAdmin",
					}),
				)},
			)
		})
	}
}

func TestFunctions_writeAndReadPrincipals(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.testWithCLI(t,
		resource.TestStep{
			Config: s.config(`
output "user" { value = provider::kusto::principal_fqn("user", "alice@contoso.com", null) }
output "app"  { value = provider::kusto::principal_fqn("app", "dashboard", "contoso.com") }
output "read" { value = provider::kusto::parse_principal_fqn("aadGroup=On-Call (the second);contoso.com") }
`),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckOutput("user", "aaduser=alice@contoso.com"),
				resource.TestCheckOutput("app", "aadapp=dashboard;contoso.com"),
				func(state *terraform.State) error {
					got := fmt.Sprint(state.RootModule().Outputs["read"].Value)
					if want := "map[id:On-Call (the second) tenant:contoso.com type:group]"; got != want {
						return fmt.Errorf("got %s, want %s", got, want)
					}
					return nil
				},
			),
		},
		resource.TestStep{
			Config:      s.config(`output "x" { value = provider::kusto::principal_fqn("group", "On-Call", null) }`),
			ExpectError: says("A group's display name needs its tenant"),
		},
		resource.TestStep{
			Config:      s.config(`output "x" { value = provider::kusto::principal_fqn("robot", "r2", "contoso.com") }`),
			ExpectError: says("one of user, group, app, msa"),
		},
		resource.TestStep{
			Config:      s.config(`output "x" { value = provider::kusto::parse_principal_fqn("alice") }`),
			ExpectError: says("must begin with aaduser="),
		},
	)
}
