// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// noted are the ways to declare a grant on Samples with notes.
var noted = map[string]func(role, principal, notes string) string{
	"member": func(role, principal, notes string) string {
		return grantHCL("Samples", role, principal, fmt.Sprintf("%s\n notes = %q", meansIt, notes))
	},
	"role": func(role, principal, notes string) string {
		return fmt.Sprintf("resource \"kusto_database_role\" \"it\" {\n database_name = \"Samples\"\n role = %q\n principals = [%q]\n %s\n notes = { %q = %q }\n}\n",
			role, principal, meansIt, principal, notes)
	},
	"access": func(role, principal, notes string) string {
		return accessHCL(fmt.Sprintf("%s\n notes = { %q = %q }", meansIt, principal, notes), role+" = "+principal)
	},
}

// eachNoted runs a test for each way to declare notes, on engines whose .add changes them and
// on others.
func eachNoted(t *testing.T, run func(t *testing.T, hcl func(role, principal, notes string) string, keeps bool)) {
	t.Helper()
	for name, hcl := range noted {
		for _, keeps := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, add keeps notes %t", name, keeps), func(t *testing.T) { run(t, hcl, keeps) })
		}
	}
}

func TestNotes_clearedOnesOfTheCallersOwnGrantDropNothing(t *testing.T) { //nolint:tparallel // newContract makes them so
	t.Parallel()
	eachNoted(t, func(t *testing.T, hcl func(role, principal, notes string) string, keeps bool) { //nolint:thelper // it is the test
		s := newTestClusterWithoutAdmins(t)
		s.Grant(database("Samples"), "admins", s.deployer, "")
		c := newContract(t, s, kusto.Behaviour{AddKeepsNotes: keeps})
		for _, notes := range []string{"first", "second", ""} {
			changes := c.plan(hcl("admins", s.deployer.FQN(), notes))
			if err := c.carryOut(changes, nil); err != nil {
				t.Errorf("notes %q: %v", notes, err)
			}
			c.expectNone(".drop")
			if err := s.holdsExactly(database("Samples"), "admins", s.deployer.FQN())(nil); err != nil {
				t.Fatal(err)
			}
		}
		c.expectEmptyPlan(hcl("admins", s.deployer.FQN(), ""))
	})
}

// oddNotes are notes that some engines store otherwise.
var oddNotes = "  " + strings.Repeat("why somebody has this role; ", 4) + "  "

func TestNotes_thatAreStoredOtherwiseAreAWarning(t *testing.T) { //nolint:tparallel // newContract makes them so
	t.Parallel()
	for _, stored := range []string{"trimmed", "cut", "dropped"} {
		t.Run(stored, func(t *testing.T) {
			eachNoted(t, func(t *testing.T, hcl func(role, principal, notes string) string, keeps bool) { //nolint:thelper // it is the test
				c := newContract(t, newTestCluster(t), kusto.Behaviour{Notes: stored, AddKeepsNotes: keeps})
				for _, notes := range []string{oddNotes, "  other ones, " + oddNotes} {
					hcl := hcl("viewers", "aaduser=alice@contoso.com", notes)
					c.core.warned()
					c.apply(hcl)
					c.expectWarning("notes")
					c.expectViewers(who("alice@contoso.com").FQN())
					c.s.ResetCommands()
					c.expectEmptyPlan(hcl)
					c.apply(hcl)
					c.expectNone(".drop")
					c.expectNone(".add")
				}
			})
		})
	}
}

// Notes that the service stores otherwise are no reason to change them again, when somebody
// else joins.
func TestNotes_thatAreStoredOtherwiseCostNobodyAGrant(t *testing.T) {
	t.Parallel()
	for name, hcl := range map[string]func(principals ...string) string{
		"role": func(principals ...string) string {
			return viewers("it", fmt.Sprintf("notes = { %q = %q }", principals[0], oddNotes), principals...)
		},
		"access": func(principals ...string) string {
			return accessHCL(fmt.Sprintf("notes = { %q = %q }", principals[0], oddNotes), "viewers = "+strings.Join(principals, ", "))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{Notes: "dropped", AddKeepsNotes: true})
			c.apply(hcl("aaduser=alice@contoso.com"))
			c.core.warned()
			c.s.ResetCommands()
			c.apply(hcl("aaduser=alice@contoso.com", "aaduser=bob@contoso.com"))
			c.expectNone(".drop")
			if c.s.count(".add") != 1 || strings.Contains(c.core.warned(), "other notes") {
				t.Errorf("%q", writesOf(c.s))
			}
			c.expectViewers(who("alice@contoso.com").FQN(), who("bob@contoso.com").FQN())
		})
	}
}

// Notes by hand are drift for the principals that the configuration has notes for, and for no
// others.
func TestNotes_ofAWholeRoleAreThoseOfTheConfiguration(t *testing.T) {
	t.Parallel()
	alice, bob, dashboard := who("alice@contoso.com"), who("bob@contoso.com"), who("dashboard")
	const team = `"aaduser=alice@contoso.com" = "team", "aaduser=bob@contoso.com" = "team"`
	for name, hcl := range map[string]func(notes string, principals ...string) string{
		"role": func(notes string, principals ...string) string {
			return viewers("it", "notes = { "+notes+" }", principals...)
		},
		"access": func(notes string, principals ...string) string {
			return accessHCL("notes = { "+notes+" }", "viewers = "+strings.Join(principals, ", "), "users = aaduser=bob@contoso.com")
		},
	} {
		for _, keeps := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, add keeps notes %t", name, keeps), func(t *testing.T) {
				c := newContract(t, newTestCluster(t), kusto.Behaviour{AddKeepsNotes: keeps})
				names := []string{"aaduser=alice@contoso.com", "aaduser=bob@contoso.com", "aadapp=dashboard;contoso.com"}
				expect := func(aliceNotes, bobNotes, dashboardNotes string) {
					t.Helper()
					want := []string{
						line(database("Samples"), "viewers", alice.FQN(), aliceNotes), line(database("Samples"), "viewers", bob.FQN(), bobNotes),
						line(database("Samples"), "viewers", dashboard.FQN(), dashboardNotes),
					}
					if name == "access" {
						want = append(want, line(database("Samples"), "users", bob.FQN(), bobNotes))
					}
					c.expectHeld(want...)
				}
				c.apply(hcl(team, names...))
				expect("team", "team", "")
				c.s.ResetCommands()
				c.expectEmptyPlan(hcl(team, names...))

				c.s.Grant(database("Samples"), "viewers", dashboard, "by hand")
				c.expectEmptyPlan(hcl(team, names...))
				c.s.Grant(database("Samples"), "viewers", alice, "by hand")
				if empty(c.plan(hcl(team, names...))) == nil {
					t.Error("other notes are no change")
				}
				c.apply(hcl(team, names...))
				expect("team", "team", "by hand")

				one := `"aaduser=alice@contoso.com" = "on call"`
				c.apply(hcl(one, names...))
				expect("on call", "team", "by hand") // no longer managed, and left alone
				c.s.ResetCommands()
				names[0], one = alice.FQN(), strings.Replace(one, "aaduser=alice@contoso.com", alice.FQN(), 1)
				c.apply(hcl(one, names...))
				c.expectNone(".add")
				c.expectNone(".drop")
				c.expectEmptyPlan(hcl(one, names...))
			})
		}
	}
}

func TestNotes_forNobodyAreRefused(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for in, hcl := range map[string]string{
		"principals": viewers("it", `notes = { "aaduser=bob@contoso.com" = "who?" }`, "aaduser=alice@contoso.com"),
		"grants":     accessHCL(`notes = { "aaduser=bob@contoso.com" = "who?" }`, "viewers = aaduser=alice@contoso.com"),
	} {
		s.test(t, resource.TestStep{
			Config: s.config(hcl), ExpectError: says("Notes for nobody", "aaduser=bob@contoso.com is in notes and not in "+in+". Write it as it is written there"),
		})
	}
	late := "resource \"terraform_data\" \"late\" { input = \"aaduser=bob@contoso.com\" }\n" +
		"resource \"kusto_database_role\" \"it\" {\n database_name = \"Samples\"\n role = \"viewers\"\n principals = [terraform_data.late.output]\n notes = { \"aaduser=bob@contoso.com\" = \"of the same apply\" }\n}\n"
	s.testWithCLI(t, resource.TestStep{Config: s.config(late), Check: s.holds(line(database("Samples"), "viewers", who("bob@contoso.com").FQN(), "of the same apply"))})
}

// A role that is mistyped is one error: who stands in it is named.
func TestNotes_ofAMistypedRoleAreNoErrorOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := newTestCluster(t).protocol(t)
	const typeName = "kusto_database_access"
	schema := p.schema.ResourceSchemas[typeName]
	config := p.object(schema, p.dynamic(schema, map[string]string{"database_name": "Samples"}))
	alice := tftypes.NewValue(tftypes.String, "aaduser=alice@contoso.com")
	names := tftypes.Set{ElementType: tftypes.String}
	config["grants"] = tftypes.NewValue(tftypes.Map{ElementType: names}, map[string]tftypes.Value{"viewer": tftypes.NewValue(names, []tftypes.Value{alice})})
	config["notes"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"aaduser=alice@contoso.com": tftypes.NewValue(tftypes.String, "on call")})
	resp, err := p.server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: typeName, Config: p.value(schema, config)})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Summary != "Invalid role" {
		t.Errorf("%v", resp.Diagnostics)
	}
}

// The configuration that adopts what is there has its notes, in whatever spelling. A note that
// the configuration leaves out is no change.
func TestNotes_adoptionChangesNothing(t *testing.T) {
	t.Parallel()
	alice, bob := who("alice@contoso.com"), who("bob@contoso.com")
	const notes = `notes = { "aaduser=alice@contoso.com" = "team" }`
	for _, hcl := range []string{
		viewers("it", "", alice.FQN(), bob.FQN()),
		viewers("it", notes, "aaduser=alice@contoso.com", bob.FQN()),
		accessHCL("", "viewers = "+alice.FQN()+", "+bob.FQN(), "users = "+bob.FQN()),
		accessHCL(notes, "viewers = aaduser=alice@contoso.com, aaduser=bob@contoso.com", "users = "+bob.FQN()),
	} {
		s := newTestCluster(t)
		s.Grant(database("Samples"), "viewers", alice, "team")
		s.Grant(database("Samples"), "viewers", bob, "on call")
		s.Grant(database("Samples"), "users", bob, "other notes")
		to, id := "kusto_database_role.it", s.uri+"|Samples|viewers"
		if strings.Contains(hcl, "_access") {
			to, id = access, s.uri+"|Samples"
		}
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{{
			Config:           s.config(hcl + fmt.Sprintf("import {\n to = %s\n id = %q\n}\n", to, id)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(to, plancheck.ResourceActionNoop)}},
		}}})
	}
}
