// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// core does what a CLI's core does with resources that do not depend on each other:
// a real one takes ten times as long. Cases with a real CLI in moves_cli_test.go check
// that it does, and so does every other test with -cli.
type core struct {
	parallelism int
	random      *rand.Rand
	// order is the one in which walks come to the addresses. Without it any order may be.
	order func(a, b string) int
	// start starts and configures the provider, as each walk of a CLI does.
	start func() (providerProcess, error)

	mu       sync.Mutex
	state    map[string]*object
	warnings []string
}

// object is an object in the state.
type object struct {
	typeName string
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool // its creation failed
}

// deposed is in the address of an object that was replaced and is not destroyed yet.
const deposed = " (deposed "

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
	// private is that of the plan, which a destroy gets.
	private []byte
	// deposed is the address of the prior object once its replacement exists.
	deposed string
}

// interruption ends an apply before its end.
type interruption struct {
	after int // operations are begun
	// cancel tells the provider, as a CLI does. Otherwise what was begun ends.
	cancel bool
}

// providerProcess is the provider as one walk of the CLI starts it.
type providerProcess struct {
	*protocol
	warn func(*tfprotov6.Diagnostic)
}

// newMoveCore is a core whose provider signs in to the cluster.
func newMoveCore(t *testing.T, s *testCluster, parallelism int, random *rand.Rand) *core {
	t.Helper()
	start := func() (providerProcess, error) { return providerProcess{protocol: s.protocol(t)}, nil }
	return &core{parallelism: parallelism, random: random, state: map[string]*object{}, start: start}
}

func (c moveConfig) wanted() map[string]*wanted {
	all := make(map[string]*wanted)
	for _, b := range c {
		for n, i := range b.instances {
			w := &wanted{typeName: b.typeName, createFirst: b.createFirst, replace: i.replace, config: map[string]tftypes.Value{
				"database_name": tftypes.NewValue(tftypes.String, i.database), "allow_lockout": tftypes.NewValue(tftypes.Bool, true),
			}}
			if b.kind() != "access" {
				w.config["role"] = tftypes.NewValue(tftypes.String, i.role)
			}
			if i.table != "" {
				w.config["table_name"] = tftypes.NewValue(tftypes.String, i.table)
			}
			switch b.kind() {
			case "access":
				grants := make(map[string]tftypes.Value)
				for _, slot := range i.slots() {
					if len(slot.principals) > 0 || slot.role < "m" { // a role that is left out is empty too
						grants[slot.role] = setOfNames(slot.principals)
					}
				}
				w.config["grants"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.Set{ElementType: tftypes.String}}, grants)
			case "role":
				w.config["principals"] = setOfNames(i.principals)
				notes := make(map[string]tftypes.Value)
				for _, name := range i.principals {
					notes[name.written] = tftypes.NewValue(tftypes.String, i.notes)
				}
				if i.notes != nil {
					w.config["notes"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, notes)
				}
			default:
				w.config["principal_fqn"] = tftypes.NewValue(tftypes.String, i.principals[0].written)
				w.config["notes"] = tftypes.NewValue(tftypes.String, i.notes)
			}
			all[b.address(n)] = w
		}
	}
	return all
}

func setOfNames(names []moveName) tftypes.Value {
	var values []tftypes.Value
	for _, name := range names {
		values = append(values, tftypes.NewValue(tftypes.String, name.written))
	}
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, values)
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
func (c *core) carryOut(changes []*moveChange) error { return c.carryOutUntil(changes, nil) }

// carryOutUntil applies a plan, but for what comes after an interruption.
func (c *core) carryOutUntil(changes []*moveChange, end *interruption) error {
	p, err := c.process()
	if err != nil {
		return err
	}
	var chains []chain
	for _, change := range changes {
		c.keep(change.address, change.prior) // as it was refreshed
		if steps := c.steps(p, change); len(steps) > 0 {
			chains = append(chains, chain{address: change.address, steps: steps})
		}
	}
	return c.walk(chains, p.until(end))
}

// process starts the provider. Its warnings are kept.
func (c *core) process() (providerProcess, error) {
	p, err := c.start()
	p.warn = func(d *tfprotov6.Diagnostic) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.warnings = append(c.warnings, d.Summary+": "+d.Detail)
	}
	return p, err
}

// warned returns the warnings since the last call.
func (c *core) warned() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := strings.Join(c.warnings, "\n")
	c.warnings = nil
	return text
}

// until returns what each operation of a walk asks before it begins, nil if there is no end.
func (p providerProcess) until(end *interruption) func() bool {
	if end == nil {
		return nil
	}
	var begun atomic.Int64
	return func() bool {
		n := int(begun.Add(1))
		if n == end.after && end.cancel {
			time.AfterFunc(rand.N(5*time.Millisecond), func() {
				_, _ = p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
			})
		}
		return n <= end.after
	}
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
	again     bool                      // without -replace
	noRefresh bool                      // -refresh=false
	target    func(address string) bool // -target; nil: everything
}

// plan refreshes the state and plans all instances of the configuration and the state.
// The state itself is kept as it is until the plan is carried out.
func (c *core) plan(want map[string]*wanted, o planOptions) ([]*moveChange, error) {
	p, err := c.process()
	if err != nil {
		return nil, err
	}
	addresses := slices.Collect(maps.Keys(want))
	for address := range c.state {
		if want[address] == nil {
			addresses = append(addresses, address)
		}
	}
	if o.target != nil {
		addresses = slices.DeleteFunc(addresses, func(address string) bool {
			address, _, _ = strings.Cut(address, deposed)
			return !o.target(address)
		})
	}
	slices.Sort(addresses)
	changes := make([]*moveChange, len(addresses))
	chains := make([]chain, len(addresses))
	for i, address := range addresses {
		change := &moveChange{address: address, want: want[address], prior: c.state[address]}
		changes[i] = change
		chains[i] = chain{address: address, steps: []func() error{func() error {
			if err := p.refresh(change, o); err != nil {
				return fmt.Errorf("refresh of %s: %w", address, change.quote(err))
			}
			if err := p.plan(change, o.again); err != nil {
				return fmt.Errorf("plan of %s: %w", address, change.quote(err))
			}
			return nil
		}}}
	}
	return changes, c.walk(chains, nil)
}

// chain are steps of one address, each after the one before it.
type chain struct {
	address string
	steps   []func() error
	eager   bool // the next step follows at once
}

// walk runs chains of steps, as many at a time as the parallelism allows. A chain's
// next step follows at once or after the steps of others. No step begins once more is false.
func (c *core) walk(chains []chain, more func() bool) error {
	if c.order != nil {
		slices.SortStableFunc(chains, func(a, b chain) int { return c.order(a.address, b.address) })
	} else {
		c.random.Shuffle(len(chains), func(i, j int) { chains[i], chains[j] = chains[j], chains[i] })
	}
	queue := make(chan chain, len(chains))
	var left, workers sync.WaitGroup
	for _, next := range chains {
		next.eager = c.order != nil || c.random.IntN(2) == 0
		left.Add(1)
		queue <- next
	}
	var mu sync.Mutex
	var failed error
	for range min(c.parallelism, len(chains)) {
		workers.Go(func() {
			for next := range queue {
				for len(next.steps) > 0 {
					if more != nil && !more() {
						next.steps = nil
						break
					}
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
	if err = p.errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
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
func errorOf[Response any](err error, resp *Response, diags func() []*tfprotov6.Diagnostic) error {
	return providerProcess{}.errorOf(err, resp, diags)
}

// errorOf keeps the warnings besides. A call that failed has no answer to look into.
func (p providerProcess) errorOf(err error, _ any, diags func() []*tfprotov6.Diagnostic) error {
	if err != nil {
		return err
	}
	var r answerErrors
	for _, d := range diags() {
		switch {
		case d.Severity == tfprotov6.DiagnosticSeverityError:
			r = append(r, d)
		case p.warn != nil:
			p.warn(d)
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
