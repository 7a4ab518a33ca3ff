// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// quoteHCL writes a string as HCL reads it: no template in it is one.
func quoteHCL(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

func sorted(lines []string) []string {
	out := slices.Clone(lines)
	slices.Sort(out)
	return out
}

// grantHCL is one kusto_database_principal named "it".
func grantHCL(database, role, principal, more string) string {
	return fmt.Sprintf(`
resource "kusto_database_principal" "it" {
  database_name = %q
  role          = %q
  principal_fqn = %q
  %s
}
`, database, role, principal, more)
}

const it = "kusto_database_principal.it"

func TestDatabasePrincipal_grantsEachRoleAndRevokesIt(t *testing.T) {
	t.Parallel()
	for _, role := range kusto.Database.RoleNames() {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			alice := who("alice@contoso.com")
			s.test(t,
				resource.TestStep{
					Config: s.config(grantHCL("Samples", role, "aaduser=alice@contoso.com", `notes = "first"`)),
					Check: resource.ComposeAggregateTestCheckFunc(
						s.holds(line(database("Samples"), role, alice.FQN(), "first")),
						resource.TestCheckResourceAttr(it, "resolved_fqn", alice.FQN()),
						resource.TestCheckResourceAttr(it, "principal_fqn", "aaduser=alice@contoso.com"),
						resource.TestCheckResourceAttr(it, "principal_type", "user"),
						resource.TestCheckResourceAttr(it, "principal_object_id", alice.ObjectID),
						resource.TestCheckResourceAttr(it, "principal_display_name", "Alice Ng (upn: alice@contoso.com)"),
						resource.TestCheckResourceAttr(it, "cluster_uri", s.uri),
						resource.TestCheckResourceAttr(it, "id", s.uri+"|Samples|"+role+"|aaduser=alice@contoso.com"),
					),
				},
				resource.TestStep{
					Config: s.config(grantHCL("Samples", role, "aaduser=alice@contoso.com", `notes = "second"`)),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
					}},
					Check: s.holds(line(database("Samples"), role, alice.FQN(), "second")),
				},
				resource.TestStep{
					ResourceName: it, ImportState: true, ImportStateVerify: true,
				},
				resource.TestStep{
					Config: s.config(""),
					Check:  s.holds(),
				},
			)
		})
	}
}

func TestDatabasePrincipal_asksForNothingAfterAnAdd(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.test(t, resource.TestStep{
		Config: s.config(grantHCL("Samples", "viewers", "aaduser=bob@contoso.com", "")),
		Check: resource.ComposeAggregateTestCheckFunc(s.sent(".add", 1), func(*terraform.State) error {
			commands := s.Commands()
			if last := commands[len(commands)-1]; last.Verb != ".add" {
				return fmt.Errorf("after the .add, %s was sent", last.Text)
			}
			return nil
		}),
	})
}

func TestDatabasePrincipal_roundTripsOddNamesAndNotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, database, notes string }{
		{"space", "My DB", `plain`},
		{"quote and brackets", `we'ird["]`, `it's "quoted"`},
		{"role", "users", `back\slash and \n that is none`},
		{"keyword", "where", "a\ttab and a\nnewline"},
		{"digit first", "1day", "ünïcödé, 漢字 and 😀"},
		{"dots and dashes", "a.b-c", "'); .drop database ['users'] admins none //"},
		{"ends like a role", "Night Admin", "')"},
		{"non-ASCII", "Données", `\u1f600`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			s.AddDatabase(c.database)
			hcl := fmt.Sprintf("resource \"kusto_database_principal\" \"it\" {\n  database_name = %s\n  role = \"users\"\n  principal_fqn = \"aadgroup=On-Call;contoso.com\"\n  notes = %s\n}\n",
				quoteHCL(c.database), quoteHCL(c.notes))
			s.test(t,
				resource.TestStep{
					Config: s.config(hcl),
					Check:  s.holds(line(database(c.database), "users", who("On-Call").FQN(), c.notes)),
				},
				resource.TestStep{Config: s.config(hcl), PlanOnly: true},
				resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true},
			)
		})
	}
}

func TestDatabasePrincipal_leavesNotesAloneThatItDoesNotName(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "somebody's words")
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: s.config(grantHCL("Samples", "viewers", "aaduser=bob@contoso.com", "")),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(it, "notes", "somebody's words"),
				s.holds(line(database("Samples"), "viewers", who("bob@contoso.com").FQN(), "somebody's words")),
			),
		}},
		CheckDestroy: s.holds(),
	})
}

func TestDatabasePrincipal_seesDriftBothWays(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	bob := who("bob@contoso.com")
	hcl := s.config(grantHCL("Samples", "viewers", "aaduser=bob@contoso.com", `notes = "ours"`))
	want := s.holds(line(database("Samples"), "viewers", bob.FQN(), "ours"))
	s.test(t,
		resource.TestStep{Config: hcl, Check: want},
		resource.TestStep{
			PreConfig: func() { s.Revoke(database("Samples"), "viewers", bob) },
			Config:    hcl, Check: want,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionCreate),
			}},
		},
		resource.TestStep{
			PreConfig: func() {
				s.Revoke(database("Samples"), "viewers", bob)
				s.Grant(database("Samples"), "viewers", bob, "theirs")
			},
			Config: hcl, Check: want,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
			}},
		},
		resource.TestStep{
			PreConfig: func() { s.RemoveDatabase("Samples"); s.AddDatabase("Samples") },
			Config:    hcl, Check: want,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionCreate),
			}},
		},
	)
}

func TestDatabasePrincipal_takesFormsOfOnePrincipalForTheSame(t *testing.T) {
	t.Parallel()
	alice, group, app, erin := who("alice@contoso.com"), who("Data Readers"), who("dashboard"), who("erin@fabrikam.com")
	for _, c := range []struct {
		name  string
		forms []string
	}{
		{"user", []string{"aaduser=alice@contoso.com", "AADUSER=Alice@Contoso.com", "aaduser=alice@contoso.com;contoso.com", alice.FQN(), "aaduser=" + alice.ObjectID + ";contoso.com"}},
		{"group", []string{"aadgroup=Data Readers;contoso.com", "aadGroup=data-readers@contoso.com", group.FQN(), "aadgroup=Data Readers;" + group.TenantID}},
		{"app", []string{app.FQN(), "aadapp=dashboard;contoso.com", "aadapp=" + app.AppID + ";contoso.com", "aadapp=" + app.ObjectID + ";" + app.TenantID}},
		{"other tenant", []string{erin.FQN(), "aaduser=erin@fabrikam.com", "aaduser=erin@fabrikam.com;fabrikam.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			skipIfHidden(t, c.forms[1])
			if testBehaviour.HideObjectIDs && c.name == "app" {
				c.forms = c.forms[:len(c.forms)-1] // the object id, which no row shows
			}
			// Others that look alike make it harder to tell who is who.
			for _, name := range []string{"bob@contoso.com", "On-Call"} {
				s.Grant(database("Samples"), "viewers", who(name), "")
			}
			var steps []resource.TestStep
			for _, form := range c.forms {
				steps = append(steps, resource.TestStep{
					Config: s.config(grantHCL("Samples", "viewers", form, "")),
				})
			}
			for i := range steps[1:] {
				steps[i+1].ConfigPlanChecks = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
			}
			s.test(t, steps...)
		})
	}
}

func TestDatabasePrincipal_movesToADifferentPrincipalInPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, held string }{
		{"another user", "aaduser=alice@contoso.com", "aaduser=bob@contoso.com", "bob@contoso.com"},
		{"same display name", "aaduser=sam.lee@contoso.com", "aaduser=sam.lee2@contoso.com", "sam.lee2@contoso.com"},
		{"another type", "aaduser=alice@contoso.com", "aadapp=dashboard;contoso.com", "dashboard"},
		{"longer by one letter", "aadgroup=On-Call;contoso.com", "aadgroup=Data Readers;contoso.com", "Data Readers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			held := fake.Directory().Must(c.held)
			s.test(t,
				resource.TestStep{Config: s.config(grantHCL("Samples", "ingestors", c.from, ""))},
				resource.TestStep{
					Config: s.config(grantHCL("Samples", "ingestors", c.to, "")),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
					}},
					Check: s.holds(line(database("Samples"), "ingestors", held.FQN(), "")),
				},
			)
		})
	}
}

func TestDatabasePrincipal_databaseNamesHaveNoCase(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.test(t,
		resource.TestStep{Config: s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""))},
		resource.TestStep{
			Config:           s.config(grantHCL("SAMPLES", "viewers", "aaduser=alice@contoso.com", "")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
}

func TestDatabasePrincipal_takesAnInheritedRowForNoGrant(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app := who("ci-deployer") // AllDatabasesAdmin of the cluster
	s.test(t, resource.TestStep{
		Config: s.config(grantHCL("Samples", "admins", app.FQN(), "allow_lockout = true")),
		Check:  s.holds(line(database("Samples"), "admins", app.FQN(), "")),
	})
}

func TestDatabasePrincipal_waitsForAClusterMadeInTheSameApply(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	hcl := fmt.Sprintf(`
resource "terraform_data" "cluster" { input = %q }
provider "kusto" {
  cluster_uri   = terraform_data.cluster.output
  tenant_id     = "contoso.com"
  client_id     = %q
  client_secret = %q
}
`, s.uri, who("ci-deployer").AppID, who("ci-deployer").Secrets[0]) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	s.testWithCLI(t, resource.TestStep{
		Config: hcl,
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(it, "cluster_uri", s.uri),
			s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
		),
	})
}

func TestDatabasePrincipal_worksOnTheClusterItNames(t *testing.T) {
	t.Parallel()
	s, other := newTestCluster(t), newTestCluster(t)
	s.test(t, resource.TestStep{
		Config: s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", fmt.Sprintf("cluster_uri = %q", other.uri+"/"))),
		Check: resource.ComposeAggregateTestCheckFunc(
			s.holds(),
			other.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
		),
	})
}

func TestDatabasePrincipal_importsInAnySpelling(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	alice := who("alice@contoso.com")
	s.Grant(database("Samples"), "viewers", alice, "was there")
	s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "")
	hcl := s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:       hcl,
				ResourceName: it, ImportState: true, ImportStatePersist: true,
				ImportStateId: s.uri + "|samples|viewers|" + alice.FQN(),
			},
			{
				Config:           hcl,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				Check:            resource.TestCheckResourceAttr(it, "notes", "was there"),
			},
		},
		CheckDestroy: s.holds(line(database("Samples"), "viewers", who("bob@contoso.com").FQN(), "")),
	})
}
