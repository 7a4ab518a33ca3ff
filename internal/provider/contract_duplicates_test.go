// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// duplicateCases declare alice, in two spellings, in two resources: one is kept and one is removed.
var duplicateCases = []struct{ name, kept, removed string }{
	{"two members", viewer("kept", "aaduser=alice@contoso.com", ""), viewer("removed", "AADUser=ALICE@contoso.com;contoso.com", "")},
	{"a role is kept", viewers("kept", "", "aaduser=alice@contoso.com"), viewer("removed", aliceAgain, "")},
	{"a member is kept", viewer("kept", aliceAgain, ""), viewers("removed", "", "aaduser=alice@contoso.com")},
	{"two roles", viewers("kept", "", "aaduser=alice@contoso.com;contoso.com"), viewers("removed", "", "aaduser=alice@contoso.com")},
}

// aliceAgain is another spelling of alice.
const aliceAgain = "aaduser=alice@contoso.com;" + entra.ContosoTenantID

func TestDuplicates_removalOfOneKeepsTheGrant(t *testing.T) {
	t.Parallel()
	for _, d := range duplicateCases {
		for _, first := range []string{".kept", ".removed"} {
			t.Run(d.name+", first"+first, func(t *testing.T) {
				c := newContract(t, newTestCluster(t), kusto.Behaviour{}).inOrder(first)
				c.apply(d.kept + d.removed)
				c.core.warned()
				changes := c.plan(d.kept)
				c.expectWarning("alice@contoso.com|" + who("alice@contoso.com").FQN())
				if err := c.carryOut(changes, nil); err != nil {
					t.Fatal(err)
				}
				c.expectViewers(who("alice@contoso.com").FQN())
				if first == ".kept" { // otherwise it may be granted again
					c.expectNone(".drop")
				}
				c.expectEmptyPlan(d.kept)
				c.apply("")
				c.expectViewers()
			})
		}
	}
}

func TestDuplicates_destroyOfBothRevokes(t *testing.T) {
	t.Parallel()
	for _, d := range duplicateCases {
		t.Run(d.name, func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{})
			c.apply(d.kept + d.removed)
			c.apply("")
			c.expectViewers()
		})
	}
}

// A change of a duplicate to another principal keeps the grant as well.
func TestDuplicates_changeOfOneKeepsTheGrant(t *testing.T) {
	t.Parallel()
	for _, first := range []string{".kept", ".changed"} {
		t.Run("first"+first, func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{}).inOrder(first)
			kept := viewer("kept", "aaduser=alice@contoso.com", "")
			c.apply(kept + viewer("changed", aliceAgain, ""))
			changed := kept + viewer("changed", "aaduser=bob@contoso.com", "")
			c.apply(changed)
			c.expectViewers(who("alice@contoso.com").FQN(), who("bob@contoso.com").FQN())
			c.expectEmptyPlan(changed)
		})
	}
}

// Terraform reads and plans a resource in one go, but others meanwhile: a plan of an unchanged
// resource waits for those of the others that hold its grant.
func TestDuplicates_changeOfOneIsKnownToOneThatIsPlannedAtTheSameMoment(t *testing.T) {
	t.Parallel()
	kept := viewer("kept", "aaduser=alice@contoso.com", "")
	for name, changed := range map[string]string{
		"changed":  viewer("other", "aaduser=bob@contoso.com", ""),
		"replaced": strings.Replace(viewer("other", "aaduser=alice@contoso.com", ""), "Samples", "My DB", 1),
		"removed":  "",
	} {
		t.Run(name, func(t *testing.T) {
			c := newContract(t, newMoveCluster(t), kusto.Behaviour{})
			c.apply(kept + viewer("other", aliceAgain, ""))
			want := c.wanted(kept + changed)
			p, err := c.core.process()
			if err != nil {
				t.Fatal(err)
			}
			var changes []*moveChange
			for _, address := range []string{"kusto_database_principal.kept", "kusto_database_principal.other"} {
				change := &moveChange{address: address, want: want[address], prior: c.core.state[address]}
				if err := p.refresh(change, planOptions{}); err != nil {
					t.Fatal(err)
				}
				changes = append(changes, change)
			}
			planned := make(chan error)
			go func() { planned <- p.plan(changes[0], false) }()
			if err := errors.Join(p.plan(changes[1], false), <-planned); err != nil {
				t.Fatal(err)
			}
			if err := c.carryOut(changes, nil); err != nil {
				t.Fatal(err)
			}
			c.expectViewers(slices.DeleteFunc([]string{who("alice@contoso.com").FQN(), who("bob@contoso.com").FQN()}, func(fqn string) bool {
				return fqn == who("bob@contoso.com").FQN() && name != "changed"
			})...)
			c.expectEmptyPlan(kept + changed)
		})
	}
}

// A new role resource cannot keep what it shows as removed. So a plan that would revoke what
// another resource declares is refused, whichever of them is planned first.
func TestContradiction_ofANewRoleAndAnotherResourceIsRefused(t *testing.T) {
	t.Parallel()
	member := viewer("member", "aaduser=alice@contoso.com", "")
	for name, declared := range map[string]string{"a member": member, "a role": viewers("whole", "", aliceAgain)} {
		for _, first := range []string{".it", ".member", ".whole"} {
			t.Run(name+", first"+first, func(t *testing.T) {
				c := newContract(t, newTestCluster(t), kusto.Behaviour{}).inOrder(first)
				c.apply(declared)
				_, err := c.core.plan(c.wanted(declared+viewers("it", "", "aaduser=bob@contoso.com")), planOptions{})
				if err == nil || !strings.Contains(err.Error(), "alice@contoso.com") || !strings.Contains(err.Error(), "ignore_principals") {
					t.Errorf("the plan says: %v", err)
				}
				together := declared + viewers("it", `ignore_principals = ["aaduser=alice@contoso.com"]`, "aaduser=bob@contoso.com")
				if name == "a member" {
					c.apply(together)
					c.expectViewers(who("alice@contoso.com").FQN(), who("bob@contoso.com").FQN())
					c.expectEmptyPlan(together)
				}
			})
		}
	}
}

// A principal in removed_principals that is granted the role again is a stranger like others.
func TestRemoved_principalThatIsGrantedAgainIsRemovedOnlyIfThatIsPlanned(t *testing.T) {
	c := newContract(t, newTestCluster(t), kusto.Behaviour{})
	stranger := someone("comes back")
	c.s.Grant(database("Samples"), "viewers", stranger, "")
	c.apply(viewers("it", "", "aaduser=alice@contoso.com"))
	c.expectViewers(who("alice@contoso.com").FQN())
	c.s.Grant(database("Samples"), "viewers", stranger, "")
	ignored := viewers("it", fmt.Sprintf("ignore_principals = [%q]", stranger.FQN()), "aaduser=alice@contoso.com")
	c.apply(ignored)
	c.expectViewers(who("alice@contoso.com").FQN(), stranger.FQN())
	changes := c.plan(viewers("it", "ignore_principals = []\nallow_lockout = true", "aaduser=alice@contoso.com"))
	c.expectWarning("comes back")
	if err := c.carryOut(changes, nil); err != nil {
		t.Fatal(err)
	}
	c.expectViewers(who("alice@contoso.com").FQN())
}

// A database by its own name and by its pretty name is one: also for what is kept.
func TestDuplicates_inADatabaseByTwoNamesAreKept(t *testing.T) {
	t.Parallel()
	kept := strings.Replace(viewer("kept", "aaduser=alice@contoso.com", ""), "Samples", "sales-prod", 1)
	other := strings.Replace(viewer("other", "aaduser=alice@contoso.com", ""), "Samples", "Sales", 1)
	for _, first := range []string{".kept", ".other"} {
		t.Run("first"+first, func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{}).inOrder(first)
			c.s.AddDatabasePretty("sales-prod", "Sales")
			c.apply(kept + other)
			changes, err := c.core.plan(c.wanted(kept+strings.Replace(other, "alice", "bob", 1)), planOptions{})
			switch {
			case first == ".kept" && (err == nil || !strings.Contains(err.Error(), "Two names for one database")):
				t.Errorf("the plan of a change says: %v", err)
			case first == ".other":
				if err := errors.Join(err, c.carryOut(changes, nil)); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.core.apply(c.wanted(kept)); err != nil { // what it shows as removed has the other name
				t.Fatal(err)
			}
			if held := strings.Join(c.s.grantLines(), "\n"); !strings.Contains(held, "viewers "+strings.ToLower(who("alice@contoso.com").FQN())) {
				t.Errorf("alice lost the role: %s\ncommands: %q", held, writesOf(c.s))
			}
			c.expectEmptyPlan(kept)
		})
	}
}

// A tenant that is another one is another principal: of an application that is registered in
// both, and where the name alone is the same.
func TestTenant_thatIsAnotherIsAnotherPrincipal(t *testing.T) {
	t.Parallel()
	app := someone("registered in two tenants")
	theirs := fake.Directory().Add(entra.FabrikamTenantID, &entra.Principal{Kind: entra.App, DisplayName: app.DisplayName, AppID: app.AppID})
	id := "aadapp=" + app.AppID
	for name, b := range map[string]kusto.Behaviour{"look-ups": {}, "no look-ups": {OthersRolesForbidden: true}} {
		for kind, of := range map[string]func(string) string{
			"a member": func(fqn string) string { return viewer("it", fqn, "") },
			"a role":   func(fqn string) string { return viewers("it", "", fqn) },
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				c := newContract(t, newTestCluster(t), b)
				c.apply(of(id + ";contoso.com"))
				c.expectViewers(app.FQN())
				c.expectEmptyPlan(of(id + ";" + entra.ContosoTenantID))
				c.apply(of(id + ";fabrikam.com"))
				c.expectViewers(theirs.FQN())
				c.expectEmptyPlan(of(id + ";fabrikam.com"))
			})
		}
	}
}

// What resources declare is compared in one spelling, and commands have that of the user.
func TestDestroy_namesTheDatabaseAsTheConfigurationDoes(t *testing.T) {
	t.Parallel()
	for _, refresh := range []bool{true, false} {
		t.Run(fmt.Sprintf("refresh %t", refresh), func(t *testing.T) {
			c := newContract(t, newTestCluster(t), kusto.Behaviour{})
			c.apply(viewer("it", "aaduser=alice@contoso.com", ""))
			changes, err := c.core.plan(c.wanted(""), planOptions{noRefresh: !refresh})
			if err = errors.Join(err, c.core.carryOut(changes)); err != nil {
				t.Fatal(err)
			}
			c.expectViewers()
			for _, command := range c.s.Commands() {
				if strings.Contains(command.Text, "database [") && !strings.Contains(command.Text, "database ['Samples']") {
					t.Errorf("sent %s", command.Text)
				}
			}
		})
	}
}
