// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// monitors is a role that nothing else depends on.
func (c *cluster) monitors() roleOn { return roleOn{c.securableOf(kusto.Database), kusto.Monitors} }

// do makes changes in the order of the arguments, as tests do that are cut off.
func (c *cluster) do(t *testing.T, todo ...change) {
	t.Helper()
	for _, d := range todo {
		client, err := c.client()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.apply(t.Context(), client); err != nil {
			t.Fatalf("%s: %v", d, err)
		}
	}
}

// granting is the change that grants a role to a principal as it is written.
func granting(t *testing.T, on roleOn, written, notes string) change {
	t.Helper()
	name, err := kusto.ParseFQN(written)
	if err != nil {
		t.Fatal(err)
	}
	return change{on, &kusto.Grant{Principal: name, Notes: notes}, add}
}

// Somebody is there with notes; then they lose the role, or the notes, and another comes.
func TestRestore_undoesEveryChange(t *testing.T) {
	c, on := shared, shared.monitors()
	c.reserve(t, on)
	present, added := granting(t, on, c.principal, "first"), granting(t, on, c.other, "")
	c.do(t, present)
	before := c.list(t, on)
	dropped := change{on, present.grant, drop}
	noted := change{on, &kusto.Grant{Principal: before[0].grants[0].Principal, Notes: "second"}, renew}
	for name, changed := range map[string][]change{
		"nothing": nil, "added": {added}, "dropped": {dropped}, "dropped and added": {dropped, added}, "other notes": {noted},
	} {
		c.do(t, changed...)
		_, left := c.restore(before)
		if todo := changes(before, c.list(t, on)); len(left)+len(todo) > 0 {
			t.Errorf("%s: left are %v, and in fact %v", name, left, todo)
		}
	}
}

// list is who holds roles now.
func (c *cluster) list(t *testing.T, roles ...roleOn) []heldRole {
	t.Helper()
	_, now, err := c.held(t.Context(), roles)
	if err != nil {
		t.Fatal(err)
	}
	return now
}
