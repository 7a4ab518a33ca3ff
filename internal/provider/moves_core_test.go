// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
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

// core does what a CLI's core does with resources that do not depend on each other:
// a real one takes ten times as long. Cases with a real CLI in moves_cli_test.go check
// that it does, and so does every other test with -cli.
type core struct {
	parallelism int
	random      *rand.Rand
	// start starts and configures the provider, as each walk of a CLI does.
	start func() (providerProcess, error)

	mu    sync.Mutex
	state map[string]*object
}

// object is an object in the state.
type object struct {
	typeName string
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool // its creation failed
}

// wanted is an instance of a configuration at its address.
type wanted struct {
	typeName             string
	config               map[string]tftypes.Value
	createFirst, replace bool
	// source has the line that sets each attribute, for errors.
	source map[string]string
}

// moveChange is a planned change of one instance.
type moveChange struct {
	address string
	action  string // create, update, delete, replace; "" for none
	want    *wanted
	prior   *object
	planned tftypes.Value
}

// providerProcess is the provider as one walk of the CLI starts it.
type providerProcess struct {
	*protocol
}

// newMoveCore is a core whose provider signs in to the cluster.
func newMoveCore(t *testing.T, s *testCluster, parallelism int, random *rand.Rand) *core {
	t.Helper()
	start := func() (providerProcess, error) { return providerProcess{s.protocol(t)}, nil }
	return &core{parallelism: parallelism, random: random, state: map[string]*object{}, start: start}
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
func (c *core) apply(config map[string]*wanted) error {
	changes, err := c.plan(config, planOptions{})
	if err != nil {
		return err
	}
	return c.carryOut(changes)
}

// carryOut applies a plan.
func (c *core) carryOut(changes []*moveChange) error {
	p, err := c.start()
	if err != nil {
		return err
	}
	var chains [][]func() error
	for _, change := range changes {
		c.keep(change.address, change.prior) // as it was refreshed
		if steps := c.steps(p, change); len(steps) > 0 {
			chains = append(chains, steps)
		}
	}
	return c.walk(chains)
}

func (c *core) expectEmptyPlan(config map[string]*wanted) error {
	changes, err := c.plan(config, planOptions{again: true})
	return errors.Join(err, empty(changes))
}

// empty is an error that shows what a plan changes.
func empty(changes []*moveChange) error {
	var err error
	for _, change := range changes {
		if change.action != "" {
			err = errors.Join(err, fmt.Errorf("%s: %s\n%s\nbecomes\n%s", change.address, change.action, change.prior, change.planned))
		}
	}
	return err
}

// planOptions are flags of a plan.
type planOptions struct {
	again     bool // without -replace
	noRefresh bool // -refresh=false
}

// plan refreshes the state and plans all instances of the configuration and the state.
// The state itself stays as it is until the plan is carried out.
func (c *core) plan(want map[string]*wanted, o planOptions) ([]*moveChange, error) {
	p, err := c.start()
	if err != nil {
		return nil, err
	}
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
			if err := p.refresh(change, o); err != nil {
				return fmt.Errorf("refresh of %s: %w", address, change.quote(err))
			}
			if err := p.plan(change, o.again); err != nil {
				return fmt.Errorf("plan of %s: %w", address, change.quote(err))
			}
			return nil
		}})
	}
	return changes, c.walk(chains)
}

// walk runs chains of steps, as many at a time as the parallelism allows. A chain's
// next step follows at once or after the steps of others.
func (c *core) walk(chains [][]func() error) error {
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
func (p providerProcess) refresh(change *moveChange, options planOptions) error {
	if change.prior == nil || options.noRefresh {
		return nil
	}
	o := change.prior
	resp, err := p.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: o.typeName, CurrentState: p.pack(o.typeName, o.value), Private: o.private, CurrentIdentity: o.identity,
	})
	if err = errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return err
	}
	value := p.unpack(o.typeName, resp.NewState)
	change.prior = nil
	if !value.IsNull() {
		change.prior = &object{typeName: o.typeName, value: value, private: resp.Private, identity: resp.NewIdentity, tainted: o.tainted}
	}
	return nil
}

func (c *core) keep(address string, o *object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o == nil {
		delete(c.state, address)
		return
	}
	c.state[address] = o
}

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

// write creates or updates. Terraform plans again before it, with what is known by now.
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
	failed := errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics })
	if err != nil {
		return failed
	}
	value := p.unpack(typeName, resp.NewState)
	if failed != nil {
		// What is there in spite of the error stays in the state.
		if !value.IsNull() {
			c.keep(change.address, &object{typeName: typeName, value: value, private: resp.Private, identity: resp.NewIdentity, tainted: prior == nil})
		}
		return fmt.Errorf("apply of %s: %w", change.address, change.quote(failed))
	}
	if err := conforms("", planned.value, value); err != nil {
		return fmt.Errorf("%s: Provider produced inconsistent result after apply: %w", change.address, err)
	}
	c.keep(change.address, &object{typeName: typeName, value: value, private: resp.Private, identity: resp.NewIdentity})
	return nil
}

// remove destroys the prior object.
func (c *core) remove(p providerProcess, change *moveChange) error {
	o := change.prior
	null := tftypes.NewValue(o.value.Type(), nil)
	resp, err := p.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.typeName, PriorState: p.pack(o.typeName, o.value), PlannedState: p.pack(o.typeName, null),
		Config: p.pack(o.typeName, null), PlannedPrivate: o.private, PlannedIdentity: o.identity,
	})
	if err = errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return fmt.Errorf("destroy of %s: %w", change.address, change.quote(err))
	}
	if value := p.unpack(o.typeName, resp.NewState); !value.IsNull() {
		return fmt.Errorf("destroy of %s left %s", change.address, value)
	}
	if change.action == "delete" || !change.want.createFirst {
		c.keep(change.address, nil)
	}
	return nil
}

// answerErrors are the errors in an answer.
type answerErrors []*tfprotov6.Diagnostic

func (r answerErrors) Error() string { return r.quoting(nil) }

// quoting writes the errors as a CLI does, each with the line that sets its attribute.
func (r answerErrors) quoting(source map[string]string) string {
	var b strings.Builder
	for _, d := range r {
		b.WriteString(d.Summary + "\n\n")
		if steps := d.Attribute.Steps(); len(steps) > 0 {
			if name, ok := steps[0].(tftypes.AttributeName); ok {
				b.WriteString("  " + cmp.Or(source[string(name)], string(name)+" is not set") + "\n\n")
			}
		}
		b.WriteString(d.Detail + "\n")
	}
	return b.String()
}

// quote adds to the errors of a change what the configuration says.
func (change *moveChange) quote(err error) error {
	var r answerErrors
	if change.want == nil || !errors.As(err, &r) {
		return err
	}
	return errors.New(r.quoting(change.want.source))
}

// errorOf is the error of a call: its own, or the errors in its answer.
func errorOf[Response any](err error, _ *Response, diags func() []*tfprotov6.Diagnostic) error {
	if err != nil {
		return err
	}
	var r answerErrors
	for _, d := range diags() {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			r = append(r, d)
		}
	}
	if len(r) > 0 {
		return r
	}
	return nil
}

func (o *object) String() string {
	if o == nil {
		return "nothing"
	}
	return strings.TrimSpace(o.value.String())
}
