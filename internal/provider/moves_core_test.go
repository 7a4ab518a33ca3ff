// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// moveCore does what a CLI's core does with resources that do not depend on each
// other: a thousand runs of a real one take too long. Cases with a real CLI in
// moves_cli_test.go check that it does.
type moveCore struct {
	*testCluster
	parallelism int
	random      *rand.Rand

	mu    sync.Mutex
	state map[string]*moveObject
}

// moveObject is an object in the state.
type moveObject struct {
	typeName string
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// wanted is an instance of a configuration at its address.
type wanted struct {
	typeName             string
	config               map[string]tftypes.Value
	createFirst, replace bool
}

// moveChange is a planned change of one instance.
type moveChange struct {
	address string
	action  string // create, update, delete, replace; "" for none
	want    *wanted
	prior   *moveObject
	planned tftypes.Value
}

// providerProcess is the provider as one walk of the CLI starts it.
type providerProcess struct {
	*protocol
}

func (c *moveCore) start(t *testing.T) providerProcess {
	t.Helper()
	return providerProcess{c.protocol(t)}
}

func (c moveConfig) wanted() map[string]*wanted {
	all := make(map[string]*wanted)
	for _, b := range c {
		for n, i := range b.instances {
			w := &wanted{typeName: b.typeName, createFirst: b.createFirst, replace: i.replace, config: map[string]tftypes.Value{
				"database_name": tftypes.NewValue(tftypes.String, i.database), "role": tftypes.NewValue(tftypes.String, i.role),
				"allow_lockout": tftypes.NewValue(tftypes.Bool, true),
			}}
			if i.table != "" {
				w.config["table_name"] = tftypes.NewValue(tftypes.String, i.table)
			}
			if b.isRole() {
				var names []tftypes.Value
				for _, name := range i.principals {
					names = append(names, tftypes.NewValue(tftypes.String, name.written))
				}
				w.config["principals"] = tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, names)
			} else {
				w.config["principal_fqn"] = tftypes.NewValue(tftypes.String, i.principals[0].written)
				if i.notes != nil {
					w.config["notes"] = tftypes.NewValue(tftypes.String, *i.notes)
				}
			}
			all[b.address(n)] = w
		}
	}
	return all
}

// apply refreshes, plans and applies a configuration.
func (c *moveCore) apply(t *testing.T, config moveConfig) error {
	t.Helper()
	changes, err := c.plan(t, config, false)
	if err != nil {
		return err
	}
	p := c.start(t)
	var chains [][]func() error
	for _, change := range changes {
		if steps := c.steps(p, change); len(steps) > 0 {
			chains = append(chains, steps)
		}
	}
	return c.walk(chains)
}

func (c *moveCore) expectEmptyPlan(t *testing.T, config moveConfig) error {
	t.Helper()
	changes, err := c.plan(t, config, true)
	for _, change := range changes {
		if change.action != "" {
			err = errors.Join(err, fmt.Errorf("%s: %s\n%s\nbecomes\n%s", change.address, change.action, change.prior, change.planned))
		}
	}
	return err
}

// plan refreshes the state and plans all instances of the configuration and the state.
func (c *moveCore) plan(t *testing.T, config moveConfig, again bool) ([]*moveChange, error) {
	t.Helper()
	p, want := c.start(t), config.wanted()
	var addresses []string
	for address := range want {
		addresses = append(addresses, address)
	}
	for address := range c.state {
		if want[address] == nil {
			addresses = append(addresses, address)
		}
	}
	slices.Sort(addresses)
	changes := make([]*moveChange, len(addresses))
	var chains [][]func() error
	for i, address := range addresses {
		change := &moveChange{address: address, want: want[address], prior: c.state[address]}
		changes[i] = change
		chains = append(chains, []func() error{func() error {
			if err := c.refresh(p, change); err != nil {
				return fmt.Errorf("refresh of %s: %w", address, err)
			}
			if err := p.plan(change, again); err != nil {
				return fmt.Errorf("plan of %s: %w", address, err)
			}
			return nil
		}})
	}
	return changes, c.walk(chains)
}

// walk runs chains of steps, as many at a time as the parallelism allows. A chain's
// next step follows at once or after the steps of others.
func (c *moveCore) walk(chains [][]func() error) error {
	c.random.Shuffle(len(chains), func(i, j int) { chains[i], chains[j] = chains[j], chains[i] })
	type chain struct {
		steps []func() error
		eager bool
	}
	queue := make(chan chain, len(chains))
	var left, workers sync.WaitGroup
	for _, steps := range chains {
		left.Add(1)
		queue <- chain{steps, c.random.IntN(2) == 0}
	}
	var mu sync.Mutex
	var failed error
	for range min(c.parallelism, len(chains)) {
		workers.Go(func() {
			for next := range queue {
				for len(next.steps) > 0 {
					err := next.steps[0]()
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					if next.steps = next.steps[1:]; err != nil {
						next.steps = nil
					}
					if !next.eager {
						break
					}
				}
				if len(next.steps) > 0 {
					queue <- next
				} else {
					left.Done()
				}
			}
		})
	}
	left.Wait()
	close(queue)
	workers.Wait()
	return failed
}

// refresh reads the object of the state.
func (c *moveCore) refresh(p providerProcess, change *moveChange) error {
	if change.prior == nil {
		return nil
	}
	o := change.prior
	resp, err := p.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: o.typeName, CurrentState: p.pack(o.typeName, o.value), Private: o.private, CurrentIdentity: o.identity,
	})
	if err = firstOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return err
	}
	value := p.unpack(o.typeName, resp.NewState)
	change.prior = nil
	if !value.IsNull() {
		change.prior = &moveObject{typeName: o.typeName, value: value, private: resp.Private, identity: resp.NewIdentity}
	}
	c.keep(change.address, change.prior)
	return nil
}

func (c *moveCore) keep(address string, o *moveObject) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o == nil {
		delete(c.state, address)
		return
	}
	c.state[address] = o
}

// steps are a change's operations, in their order.
func (c *moveCore) steps(p providerProcess, change *moveChange) []func() error {
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

// write creates or updates. Terraform plans again before it, with what is known by now.
func (c *moveCore) write(p providerProcess, change *moveChange) error {
	var prior *moveObject
	if change.action == "update" {
		prior = change.prior
	}
	planned, err := p.planOnce(change.want, prior)
	if err != nil {
		return fmt.Errorf("plan in the apply of %s: %w", change.address, err)
	}
	if err := conforms("", change.planned, planned.value); err != nil {
		return fmt.Errorf("%s: Provider produced inconsistent final plan: %w", change.address, err)
	}
	if prior != nil && len(planned.replaces) > 0 {
		return fmt.Errorf("%s: Provider produced inconsistent final plan: replace, not update", change.address)
	}
	typeName := change.want.typeName
	req := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.pack(typeName, p.valueOf(typeName, prior)), PlannedState: p.pack(typeName, planned.value),
		Config: p.pack(typeName, p.config(change.want)), PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
	}
	resp, err := p.server.ApplyResourceChange(context.Background(), req)
	if err = firstOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return fmt.Errorf("apply of %s: %w", change.address, err)
	}
	value := p.unpack(typeName, resp.NewState)
	if err := conforms("", planned.value, value); err != nil {
		return fmt.Errorf("%s: Provider produced inconsistent result after apply: %w", change.address, err)
	}
	c.keep(change.address, &moveObject{typeName: typeName, value: value, private: resp.Private, identity: resp.NewIdentity})
	return nil
}

// remove destroys the prior object.
func (c *moveCore) remove(p providerProcess, change *moveChange) error {
	o := change.prior
	null := tftypes.NewValue(o.value.Type(), nil)
	resp, err := p.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.typeName, PriorState: p.pack(o.typeName, o.value), PlannedState: p.pack(o.typeName, null),
		Config: p.pack(o.typeName, null), PlannedPrivate: o.private, PlannedIdentity: o.identity,
	})
	if err = firstOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return fmt.Errorf("destroy of %s: %w", change.address, err)
	}
	if value := p.unpack(o.typeName, resp.NewState); !value.IsNull() {
		return fmt.Errorf("destroy of %s left %s", change.address, value)
	}
	if change.action == "delete" || !change.want.createFirst {
		c.keep(change.address, nil)
	}
	return nil
}

// firstOf is the error of a call: its own, or that of the first error diagnostic.
func firstOf[Response any](err error, _ *Response, diags func() []*tfprotov6.Diagnostic) error {
	if err != nil {
		return err
	}
	for _, d := range diags() {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return errors.New(d.Summary + ": " + d.Detail)
		}
	}
	return nil
}

func (o *moveObject) String() string {
	if o == nil {
		return "nothing"
	}
	return strings.TrimSpace(o.value.String())
}
