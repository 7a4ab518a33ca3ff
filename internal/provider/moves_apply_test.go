// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// steps are a change's operations, in their order.
func (c *core) steps(p providerProcess, change *moveChange) []func() error {
	create := func() error { return c.write(p, change) }
	remove := func() error { return c.remove(p, change) }
	switch {
	case change.action == "create", change.action == "update":
		return []func() error{create}
	case change.action == "delete":
		return []func() error{remove}
	case change.action == "replace" && change.want.createFirst:
		return []func() error{create, remove}
	case change.action == "replace":
		return []func() error{remove, create}
	}
	return nil
}

// write creates or updates. Terraform plans again before it, with what is known by now: an
// update with the private data of the state, a create with none. An update that changes
// nothing by now is not made.
func (c *core) write(p providerProcess, change *moveChange) error {
	var prior *object
	if change.action == "update" {
		prior = change.prior
	}
	planned, err := p.planOnce(change.want, prior)
	if err != nil {
		return fmt.Errorf("plan in the apply of %s: %w", change.address, change.quote(err))
	}
	if err := conforms("", change.planned, planned.value); err != nil {
		return fmt.Errorf("%s: %s: %w", change.address, inconsistentPlan, err)
	}
	if prior != nil && len(planned.replaces) > 0 {
		return fmt.Errorf("%s: %s: replace, not update", change.address, inconsistentPlan)
	}
	if prior != nil && planned.value.Equal(prior.value) {
		return nil
	}
	typeName := change.want.typeName
	resp, err := p.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.pack(typeName, p.valueOf(typeName, prior)), PlannedState: p.pack(typeName, planned.value),
		Config: p.pack(typeName, p.config(change.want)), PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
	})
	failed := p.errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics })
	if err != nil {
		return failed
	}
	value, unknown := withoutUnknown(p.unpack(typeName, resp.NewState))
	if !value.IsNull() { // what is there in spite of an error is kept in the state
		if change.action == "replace" && change.want.createFirst {
			change.deposed = c.depose(change.address, change.prior)
		}
		c.keep(change.address, &object{
			typeName: typeName, value: value, private: resp.Private, identity: resp.NewIdentity, tainted: failed != nil && prior == nil,
		})
	}
	switch {
	case unknown:
		return fmt.Errorf("%s: Provider returned invalid result object after apply: %s", change.address, p.unpack(typeName, resp.NewState))
	case failed != nil:
		return fmt.Errorf("apply of %s: %w", change.address, change.quote(failed))
	}
	if err := conforms("", planned.value, value); err != nil {
		return fmt.Errorf("%s: Provider produced inconsistent result after apply: %w", change.address, err)
	}
	return nil
}

const inconsistentPlan = "Provider produced inconsistent final plan"

// withoutUnknown makes what is unknown null, and tells whether there was any.
func withoutUnknown(v tftypes.Value) (known tftypes.Value, found bool) {
	known, err := tftypes.Transform(v, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() {
			found = true
			return tftypes.NewValue(v.Type(), nil), nil
		}
		return v, nil
	})
	if err != nil {
		panic(err)
	}
	return known, found
}

// depose keeps an object that was replaced until it is destroyed.
func (c *core) depose(address string, o *object) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := 1; ; n++ {
		if key := fmt.Sprintf("%s%s%d)", address, deposed, n); c.state[key] == nil {
			c.state[key] = o
			return key
		}
	}
}

// remove destroys the prior object. It has the private data that the plan returned; the plan
// of a deposed object is made right before.
func (c *core) remove(p providerProcess, change *moveChange) error {
	o, at, private := change.prior, change.address, change.private
	if change.deposed != "" {
		at = change.deposed
	}
	if strings.Contains(at, deposed) {
		var err error
		if private, err = p.planDelete(o); err != nil {
			return fmt.Errorf("plan in the destroy of %s: %w", at, change.quote(err))
		}
	}
	null := tftypes.NewValue(o.value.Type(), nil)
	resp, err := p.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.typeName, PriorState: p.pack(o.typeName, o.value), PlannedState: p.pack(o.typeName, null),
		Config: p.pack(o.typeName, null), PlannedPrivate: private, PlannedIdentity: o.identity,
	})
	failed := p.errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics })
	if err != nil {
		return failed
	}
	switch value := p.unpack(o.typeName, resp.NewState); {
	case failed != nil:
		if !value.IsNull() {
			c.keep(at, &object{typeName: o.typeName, value: value, private: resp.Private, identity: resp.NewIdentity, tainted: o.tainted})
		}
		return fmt.Errorf("destroy of %s: %w", at, change.quote(failed))
	case !value.IsNull():
		return fmt.Errorf("destroy of %s left %s", at, value)
	}
	c.keep(at, nil)
	return nil
}
