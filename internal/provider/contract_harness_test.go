// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// contract is a configuration's life in the core, one plan and apply after another. What is
// asserted is what the cluster holds, and the commands that it got.
type contract struct {
	*testing.T
	s      *testCluster
	core   *core
	schema *tfprotov6.GetProviderSchemaResponse
}

func newContract(t *testing.T, s *testCluster, b kusto.Behaviour) *contract {
	t.Helper()
	t.Parallel()
	s.SetBehaviour(b)
	schema, err := NewServer("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &contract{T: t, s: s, core: newMoveCore(t, s, 10, rand.New(rand.NewPCG(1, 1))), schema: schema}
}

// inOrder makes walks come to one address after another, first to those that have a text.
func (c *contract) inOrder(first string) *contract {
	c.core.parallelism = 1
	c.core.order = func(a, b string) int {
		late := func(address string) int {
			if strings.Contains(address, first) {
				return 0
			}
			return 1
		}
		return cmp.Or(late(a)-late(b), cmp.Compare(a, b))
	}
	return c
}

func (c *contract) wanted(hcl string) map[string]*wanted {
	c.Helper()
	return parseConfig(c.T, c.schema, hcl).resources
}

// plan plans a configuration.
func (c *contract) plan(hcl string) []*moveChange {
	c.Helper()
	return c.planOnly(hcl, nil)
}

func (c *contract) planOnly(hcl string, target func(string) bool) []*moveChange {
	c.Helper()
	changes, err := c.core.plan(c.wanted(hcl), planOptions{target: target})
	if err != nil {
		c.Fatalf("plan: %v", err)
	}
	return changes
}

// carryOut applies a plan, which must not take what it does not show.
func (c *contract) carryOut(changes []*moveChange, end *interruption) error {
	c.Helper()
	before := c.s.grantLines()
	err := c.core.carryOutUntil(changes, end)
	if end != nil {
		time.Sleep(20 * time.Millisecond) // commands that nobody waits for
	}
	if taken := unshown(changes, before, c.s.grantLines()); len(taken) > 0 {
		c.Fatalf("grants are gone that the plan does not show: %q\nit shows %q\nerror: %v\ncommands: %q", taken, removals(changes), err, writesOf(c.s))
	}
	return err
}

// apply plans and applies a configuration.
func (c *contract) apply(hcl string) {
	c.Helper()
	if err := c.carryOut(c.plan(hcl), nil); err != nil {
		c.Fatalf("apply: %v", err)
	}
}

// expectEmptyPlan is the end of a configuration that is applied.
func (c *contract) expectEmptyPlan(hcl string) {
	c.Helper()
	if err := empty(c.plan(hcl)); err != nil {
		c.Errorf("the plan is not empty: %v", err)
	}
}

// expectViewers checks who is a viewer.
func (c *contract) expectViewers(fqns ...string) {
	c.Helper()
	if err := c.s.holdsExactly(database("Samples"), "viewers", fqns...)(nil); err != nil {
		c.Fatalf("%v\ncommands: %q", err, writesOf(c.s))
	}
}

// expectHeld checks all that the cluster holds.
func (c *contract) expectHeld(lines ...string) {
	c.Helper()
	if err := c.s.holds(lines...)(nil); err != nil {
		c.Fatalf("%v\ncommands: %q", err, writesOf(c.s))
	}
}

// expectNone checks that no command of a verb was sent since the last reset.
func (c *contract) expectNone(verb string) {
	c.Helper()
	if c.s.count(verb) > 0 {
		c.Errorf("%s was sent: %q", verb, writesOf(c.s))
	}
}

// expectWarning checks that something was said of each word since the last time. Words may
// be several, of which one is enough: "this|that".
func (c *contract) expectWarning(words ...string) {
	c.Helper()
	warned := c.core.warned()
	for _, word := range words {
		said := func(w string) bool { return strings.Contains(strings.ToLower(warned), strings.ToLower(w)) }
		if !slices.ContainsFunc(strings.Split(word, "|"), said) {
			c.Errorf("no warning says %q, they say: %q", word, warned)
		}
	}
}

// someone is a new application.
func someone(name string) *entra.Principal {
	return fake.Directory().AddApp(entra.ContosoTenantID, name)
}

// eachViewer makes a member resource for each of a team.
func (t fixture) eachViewer(prefix string) string {
	var hcl strings.Builder
	for i, fqn := range t.fqns() {
		hcl.WriteString(viewer(fmt.Sprintf("%s%02d", prefix, i), fqn, ""))
	}
	return hcl.String()
}

// planOrders are the orders in which a plan comes to what was renamed.
var planOrders = []struct{ name, first string }{{"any order", ""}, {"the old ones first", ".old"}, {"the new ones first", ".new"}}

func (c *contract) ordered(first string) *contract {
	if first != "" {
		c.inOrder(first)
	}
	return c
}
