// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestInterrupted_renameOfThirtyKeysLosesNobody(t *testing.T) {
	t.Parallel()
	for _, order := range planOrders {
		for _, end := range []interruption{{after: 7}, {after: 7, cancel: true}, {after: 35}, {after: 35, cancel: true}} {
			t.Run(fmt.Sprintf("%s, after %d operations, interrupted %t", order.name, end.after, end.cancel), func(t *testing.T) {
				c := newContract(t, newTestCluster(t), kusto.Behaviour{}).ordered(order.first)
				c.s.SetLatency(time.Millisecond)
				team := newTeam("renamed", 30)
				c.apply(team.eachViewer("old"))
				err := c.carryOut(c.plan(team.eachViewer("new")), &end)
				if err != nil && !end.cancel {
					t.Fatal(err)
				}
				if order.first == ".new" { // the plan of each old one knew already
					c.expectViewers(team.fqns()...)
				}
				c.apply(team.eachViewer("new"))
				c.expectViewers(team.fqns()...)
				c.expectEmptyPlan(team.eachViewer("new"))
			})
		}
	}
}

func TestTarget_ofTheNewKeysFirstLosesNobody(t *testing.T) {
	t.Parallel()
	for _, order := range planOrders {
		t.Run(order.name, func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{}).ordered(order.first)
			team := newTeam("targeted", 8)
			c.apply(team.eachViewer("old"))
			renamed := team.eachViewer("new")
			changes := c.planOnly(renamed, func(address string) bool { return strings.Contains(address, ".new") })
			if err := c.carryOut(changes, nil); err != nil {
				t.Fatal(err)
			}
			c.core.warned()
			changes = c.plan(renamed)
			c.expectWarning(team.fqns()...)
			if err := c.carryOut(changes, nil); err != nil {
				t.Fatal(err)
			}
			c.expectViewers(team.fqns()...)
			c.expectEmptyPlan(renamed)
		})
	}
}

func TestPlan_isAContract(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*contract){
		"a saved plan of a new role removes only whom it shows":      staleCreate,
		"a new role shows whom it removes":                           shownCreate,
		"a saved plan of a changed role removes only whom it shows":  staleUpdate,
		"a saved plan of a destroy removes only whom it shows":       staleDestroy,
		"a typo in a new name keeps the old grant":                   typo,
		"another principal is granted before the old one is removed": changeInPlace,
		"another role is granted before the old one is revoked":      changeRoleInPlace,
		"what a failed creation granted is revoked with the block":   halfCreated,
		"a wrong database, a wrong name: the plan says so":           planLooksUp,
	} {
		t.Run(name, func(t *testing.T) { run(newContract(t, newTestCluster(t), kusto.Behaviour{})) })
	}
}

func staleCreate(c *contract) {
	there, stranger := someone("there before"), someone("came meanwhile")
	c.s.Grant(database("Samples"), "viewers", there, "")
	hcl := viewers("it", "", "aaduser=alice@contoso.com")
	changes := c.plan(hcl)
	c.core.warned()
	c.s.Grant(database("Samples"), "viewers", stranger, "by hand")
	err := c.carryOut(changes, nil)
	switch {
	case isStaleRole(err): // nothing is done then
		c.expectNone(".drop")
	case err != nil:
		c.Fatal(err)
	default:
		c.expectViewers(who("alice@contoso.com").FQN(), stranger.FQN())
		c.expectWarning(stranger.FQN())
	}
	c.apply(hcl)
	c.expectViewers(who("alice@contoso.com").FQN())
	c.expectEmptyPlan(hcl)
}

func shownCreate(c *contract) {
	there := someone("there before")
	c.s.Grant(database("Samples"), "viewers", there, "")
	c.s.Grant(database("Samples"), "viewers", who("alice@contoso.com"), "")
	hcl := viewers("it", "", "aaduser=alice@contoso.com")
	changes := c.plan(hcl)
	if got := textsOf(attributesOf(changes[0].planned)["removed_principals"]); !slices.Equal(got, []string{there.FQN()}) {
		c.Errorf("the plan shows %q as removed, want %q", got, there.FQN())
	}
	if err := c.carryOut(changes, nil); err != nil {
		c.Fatal(err)
	}
	c.expectViewers(who("alice@contoso.com").FQN())
	c.expectEmptyPlan(hcl)
}

func staleUpdate(c *contract) {
	stranger := someone("came meanwhile")
	c.apply(viewers("it", "", "aaduser=alice@contoso.com", "aaduser=bob@contoso.com"))
	hcl := viewers("it", "", "aaduser=alice@contoso.com")
	changes := c.plan(hcl)
	c.core.warned()
	c.s.Grant(database("Samples"), "viewers", stranger, "by hand")
	if err := c.carryOut(changes, nil); err != nil {
		c.Fatal(err)
	}
	c.expectViewers(who("alice@contoso.com").FQN(), stranger.FQN())
	c.expectWarning(stranger.FQN())
	changes = c.plan(hcl)
	if got := removals(changes); !slices.Contains(got, grantLine(database("Samples"), "viewers", stranger.FQN())) {
		c.Errorf("the next plan shows %q as removed, not %s", got, stranger.FQN())
	}
	if err := c.carryOut(changes, nil); err != nil {
		c.Fatal(err)
	}
	c.expectViewers(who("alice@contoso.com").FQN())
	c.expectEmptyPlan(hcl)
}

func staleDestroy(c *contract) {
	stranger := someone("came meanwhile")
	c.apply(viewers("it", "", "aaduser=alice@contoso.com"))
	changes := c.plan("")
	c.core.warned()
	c.s.Grant(database("Samples"), "viewers", stranger, "by hand")
	if err := c.carryOut(changes, nil); err != nil {
		c.Fatal(err)
	}
	c.expectViewers(stranger.FQN())
	c.expectWarning(stranger.FQN())
	c.expectEmptyPlan("")
}

func typo(c *contract) {
	name := "Analysts of " + c.s.Host()
	analysts := fake.Directory().AddGroup(entra.ContosoTenantID, name, "")
	soon := `timeouts = { create = "1s", update = "1s" }`
	right, wrong := "aadgroup="+name+";contoso.com", "aadgroup="+name+"x;contoso.com"
	c.apply(viewer("it", right, soon))
	c.core.warned()
	changes := c.plan(viewer("it", wrong, soon))
	c.expectWarning(wrong)
	if err := c.carryOut(changes, nil); err == nil {
		c.Error("an unknown name was granted")
	}
	c.expectViewers(analysts.FQN())
	c.expectNone(".drop")
	c.expectEmptyPlan(viewer("it", right, soon))
}

func changeInPlace(c *contract) {
	c.apply(viewer("it", "aaduser=alice@contoso.com", ""))
	c.s.ResetCommands()
	c.expectUpdated(viewer("it", "aaduser=bob@contoso.com", ""))
	c.expectViewers(who("bob@contoso.com").FQN())
}

func changeRoleInPlace(c *contract) {
	c.apply(viewer("it", "aaduser=alice@contoso.com", ""))
	c.s.ResetCommands()
	c.expectUpdated(strings.Replace(viewer("it", "aaduser=alice@contoso.com", ""), `"viewers"`, `"users"`, 1))
	c.expectHeld(line(database("Samples"), "users", who("alice@contoso.com").FQN(), ""))
}

// expectUpdated applies a change that is an update: an .add, then a .drop.
func (c *contract) expectUpdated(hcl string) {
	c.Helper()
	changes := c.plan(hcl)
	if changes[0].action != "update" {
		c.Errorf("the plan is to %s", changes[0].action)
	}
	if err := c.carryOut(changes, nil); err != nil {
		c.Fatal(err)
	}
	writes := writesOf(c.s)
	if len(writes) != 2 || !strings.Contains(writes[0], ".add") || !strings.Contains(writes[1], ".drop") {
		c.Errorf("commands: %q", writes)
	}
	c.expectEmptyPlan(hcl)
}

func halfCreated(c *contract) {
	good := someone("good one")
	hcl := viewers("it", `timeouts = { create = "1s" }`, good.FQN(), "aaduser=nobody.at.all@contoso.com")
	err := c.carryOut(c.plan(hcl), nil)
	if err == nil || !regexp.MustCompile("(?i)granted").MatchString(err.Error()) || !strings.Contains(err.Error(), good.FQN()) {
		c.Errorf("the error does not name who was granted: %v", err)
	}
	c.expectViewers(good.FQN())
	c.apply("")
	c.expectViewers()
}

func planLooksUp(c *contract) {
	c.plan(strings.Replace(viewer("it", "aaduser=bobb@contoso.com", ""), "Samples", "SamplesX", 1))
	c.expectWarning("SamplesX", `"Samples"`)
	c.plan(viewer("it", "aaduser=bobb@contoso.com", ""))
	c.expectWarning("aaduser=bobb@contoso.com")
	c.expectNone(".add")
}

func TestPlan_withAWrongSecretIsOneError(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	wrong := *s
	wrong.deployer = &entra.Principal{TenantID: s.deployer.TenantID, AppID: s.deployer.AppID, Secrets: []string{"not-it-at-all"}}
	c := &contract{T: t, s: s, core: newMoveCore(t, &wrong, 10, rand.New(rand.NewPCG(1, 1)))}
	c.schema = s.protocol(t).schema
	_, err := c.core.plan(c.wanted(newTeam("never asked", 20).eachViewer("it")), planOptions{})
	if err == nil {
		t.Fatal("a plan with a wrong secret is no error")
	}
	if n := strings.Count(err.Error(), "AADSTS7000215"); n != 1 {
		t.Errorf("the error says %d times that the secret is wrong: %v", n, err)
	}
}

// eachDeleted runs a test on both kinds of engine: one may refuse to drop a principal that Entra ID no longer knows.
func eachDeleted(t *testing.T, run func(*contract)) {
	t.Helper()
	for _, refused := range []bool{false, true} {
		t.Run(fmt.Sprintf("drop is refused %t", refused), func(t *testing.T) {
			run(newContract(t, newTestCluster(t), kusto.Behaviour{DropUnknownIsError: refused, SetClearsNotes: refused}))
		})
	}
}

func TestDeleted_principalLeavesARoleAlone(t *testing.T) {
	t.Parallel()
	eachDeleted(t, func(c *contract) {
		kept, gone, ignored, stranger := someone("kept"), someone("gone"), someone("ignored"), someone("came meanwhile")
		c.s.Grant(database("Samples"), "viewers", kept, "notes of one who is kept")
		c.s.Grant(database("Samples"), "viewers", ignored, "notes of one who is ignored")
		more := fmt.Sprintf("ignore_principals = [%q]", ignored.FQN())
		c.apply(viewers("it", more, kept.FQN(), gone.FQN()))
		fake.Directory().Remove(gone)
		changes := c.plan(viewers("it", more, kept.FQN()))
		c.s.Grant(database("Samples"), "viewers", stranger, "by hand")
		if err := c.carryOut(changes, nil); err != nil {
			c.Fatal(err)
		}
		c.expectHeld(
			line(database("Samples"), "viewers", kept.FQN(), "notes of one who is kept"),
			line(database("Samples"), "viewers", ignored.FQN(), "notes of one who is ignored"),
			line(database("Samples"), "viewers", stranger.FQN(), "by hand"),
		)
	})
}

// Who has left is in the configuration still. Nobody waits for that: not who joins, nor new notes.
func TestDeleted_principalOfARoleDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	eachDeleted(t, func(c *contract) {
		joined := someone("joined")
		gone := fake.Directory().AddUser(entra.ContosoTenantID, "who.left."+joined.AppID+"@contoso.com", "Who Left")
		c.s.Grant(database("Samples"), "viewers", gone, "")
		fake.Directory().Remove(gone)
		hcl := viewers("it", "", "aaduser="+gone.UPN, joined.FQN())
		if err := c.carryOut(c.plan(hcl), nil); err != nil {
			c.Fatal(err)
		}
		c.expectWarning("Who Left")
		c.expectViewers(gone.FQN(), joined.FQN())
		c.expectEmptyPlan(hcl)
		noted := viewers("it", fmt.Sprintf("notes = { %q = \"left in May\" }", "aaduser="+gone.UPN), "aaduser="+gone.UPN, joined.FQN())
		if err := c.carryOut(c.plan(noted), nil); err != nil {
			c.Fatal(err)
		}
		c.expectWarning("Who Left")
		c.expectViewers(gone.FQN(), joined.FQN())
		c.expectEmptyPlan(noted)
	})
}

func TestDeleted_principalsMemberCanBeDestroyed(t *testing.T) {
	t.Parallel()
	eachDeleted(t, func(c *contract) {
		other, gone := someone("other"), someone("gone")
		c.s.Grant(database("Samples"), "viewers", other, "notes of another")
		c.apply(viewer("it", gone.FQN(), ""))
		fake.Directory().Remove(gone)
		c.apply("")
		c.expectHeld(line(database("Samples"), "viewers", other.FQN(), "notes of another"))
		c.expectEmptyPlan("")
	})
}

func TestPrincipals_nullIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	var steps []resource.TestStep
	for _, hcl := range []string{
		strings.Replace(viewers("it", "", "x"), `["x"]`, `[null]`, 1),
		strings.Replace(viewers("it", "", "x"), `["x"]`, `["aaduser=alice@contoso.com", null]`, 1),
		viewers("it", "ignore_principals = [null]", "aaduser=alice@contoso.com"),
	} {
		steps = append(steps, resource.TestStep{Config: s.config(hcl), PlanOnly: true, ExpectError: regexp.MustCompile(`(?i)null (set )?value|must not (be|contain) null`)})
	}
	s.test(t, steps...)
	if len(s.Commands()) > 0 {
		t.Errorf("commands: %q", s.texts())
	}
}

// Who is removed stands in the plan as a change, also who was removed by the apply before.
func TestPlan_showsWhomItRemovesEachTime(t *testing.T) {
	t.Parallel()
	for name, hclFor := range map[string]func(*testCluster) string{
		"a role": func(*testCluster) string { return viewers("it", "", "aaduser=alice@contoso.com") },
		"all roles": func(s *testCluster) string {
			return accessHCL("", "admins ="+s.deployer.FQN(), "viewers =aaduser=alice@contoso.com")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{})
			hcl := hclFor(c.s)
			stranger := someone("comes back")
			for range 2 {
				c.s.Grant(database("Samples"), "viewers", stranger, "")
				changes := c.plan(hcl)
				removed := func(object tftypes.Value) (fqns []string) {
					for _, role := range byRole(attributesOf(object)) {
						fqns = append(fqns, textsOf(role["removed_principals"])...)
					}
					return fqns
				}
				if got := removed(changes[0].planned); !slices.Contains(got, stranger.FQN()) {
					t.Errorf("the plan shows %q as removed", got)
				}
				if got := removed(nullIfNone(changes[0].prior)); slices.Contains(got, stranger.FQN()) {
					t.Errorf("the state has %q as removed already: the plan shows no change", got)
				}
				if err := c.carryOut(changes, nil); err != nil {
					t.Fatal(err)
				}
				c.expectEmptyPlan(hcl)
			}
		})
	}
}
