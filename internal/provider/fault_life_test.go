// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// faultLife is the life of a scenario's resource: plan and apply of each configuration and of
// none at the end. From one command of one run on, a fault may be in the way.
type faultLife struct {
	t        *testing.T
	s        *testCluster
	core     *core
	scenario faultScenario
	changes  []*moveChange

	mu      sync.Mutex
	sent    []string // the commands of the run
	reports []report // the operations of the run
	// cell is nil, or what goes wrong now. Hit is set once it has.
	cell    *faultCell
	hit     bool
	lifted  chan struct{}
	started int // commands of the cluster
	ended   chan struct{}
}

// report is an operation of the provider with its time and its diagnostics.
type report struct {
	operation string // read, plan or apply
	took      time.Duration
	diags     []*tfprotov6.Diagnostic
}

func newFaultLife(t *testing.T, scenario faultScenario) *faultLife {
	t.Helper()
	s := newTestClusterAs(t, fake.Directory().AddApp(entra.ContosoTenantID, "deployer of "+scenario.name))
	s.SetBehaviour(scenario.behaviour)
	scenario.setUp(s)
	l := &faultLife{t: t, s: s, scenario: scenario, lifted: make(chan struct{}), ended: make(chan struct{}, 10000)}
	l.core = &core{parallelism: 10, random: rand.New(rand.NewPCG(1, 1)), state: map[string]*object{}, start: l.start}
	s.Observe(func(kusto.Command) { l.ended <- struct{}{} })
	s.Intercept(func(c kusto.Command) *kusto.Fault { return l.meets(c.Text) })
	s.InterceptMetadata(func() *kusto.Fault { return l.meets(metadataRequest) })
	fake.InterceptTokens(s.deployer.AppID, l.token)
	t.Cleanup(func() { fake.InterceptTokens(s.deployer.AppID, nil) })
	return l
}

// Requests besides commands.
const (
	metadataRequest = "metadata"
	tokenRequest    = "token"
)

// silence is the fault of a command that is not answered before the fault is lifted. It is
// executed then.
const silence kusto.FaultKind = "silence"

// meets notes a command, and returns its fault.
func (l *faultLife) meets(command string) *kusto.Fault {
	l.mu.Lock()
	l.sent = append(l.sent, command)
	cell, lifted := l.cell, l.lifted
	if command != metadataRequest && command != tokenRequest {
		l.started++
	}
	isHit := cell != nil && cell.command == command && count(l.sent, command) >= cell.nth
	l.hit = l.hit || isHit
	l.mu.Unlock()
	switch {
	case !isHit:
		return nil
	case cell.fault.kind == silence:
		<-lifted
		return nil
	}
	return &kusto.Fault{Kind: cell.fault.kind, Status: 200, Body: unreadable}
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// token is the answer to a token request.
func (l *faultLife) token() entra.TokenAnswer {
	switch fault := l.meets(tokenRequest); {
	case fault == nil:
	case fault.Kind == kusto.Unavailable:
		return entra.TokenAnswer{Status: 503}
	case fault.Kind == kusto.Forbidden:
		return entra.TokenAnswer{AADSTS: 53003}
	}
	return entra.TokenAnswer{}
}

// start starts the provider for one run, with the waits of the table if the run waits for a
// fault.
func (l *faultLife) start() (providerProcess, error) {
	waits := WithRetry(fastRetry, fastWaits)
	if l.cell != nil && l.cell.fault.timeout == waitedTimeout {
		waits = WithRetry(tableRetry, tableWaits)
	}
	schema, app := tableSchema(), l.s.deployer
	p := &protocol{t: l.t, server: &timedServer{NewServer("test", waits)(), l}, schema: schema}
	resp, err := p.server.ConfigureProvider(l.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: p.dynamic(schema.Provider, map[string]string{
		"cluster_uri": l.s.uri, "tenant_id": app.TenantID, "client_id": app.AppID, "client_secret": app.Secrets[0],
	})})
	return providerProcess{protocol: p}, errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics })
}

// timedServer notes what its operations take and tell.
type timedServer struct {
	tfprotov6.ProviderServer
	life *faultLife
}

// ReadResource implements tfprotov6.ProviderServer.
func (s *timedServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	began := time.Now()
	resp, err := s.ProviderServer.ReadResource(ctx, req)
	s.life.tell("read", began, resp.Diagnostics)
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (s *timedServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	began := time.Now()
	resp, err := s.ProviderServer.PlanResourceChange(ctx, req)
	s.life.tell("plan", began, resp.Diagnostics)
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (s *timedServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	began := time.Now()
	resp, err := s.ProviderServer.ApplyResourceChange(ctx, req)
	s.life.tell("apply", began, resp.Diagnostics)
	return resp, err
}

func (l *faultLife) tell(operation string, began time.Time, diags []*tfprotov6.Diagnostic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports = append(l.reports, report{operation, time.Since(began), diags})
}

// summaries are those of what the run reports.
func (l *faultLife) summaries() (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.reports {
		for _, d := range o.diags {
			all = append(all, d.Summary)
		}
	}
	return all
}

// runs are the plan and the apply of each configuration, and of the destroy.
func (s faultScenario) runs() (names []string) {
	for i := range len(s.configs) + 1 {
		name := "update"
		switch i {
		case 0:
			name = "create"
		case len(s.configs):
			name = "destroy"
		}
		names = append(names, "plan of the "+name, name)
	}
	return names
}

// isPlan reports whether a run is a plan; otherwise it is the apply of the plan before it.
func isPlan(run int) bool { return run%2 == 0 }

// wanted are the resources that a run is about.
func (l *faultLife) wanted(run int) map[string]*wanted {
	if run/2 == len(l.scenario.configs) {
		return nil
	}
	more := fmt.Sprintf("timeouts = { create = %[1]q, read = %[1]q, update = %[1]q, delete = %[1]q }", soonTimeout)
	return parseConfig(l.t, tableSchema(), strings.ReplaceAll(l.scenario.configs[run/2], "# more", more)).resources
}

// run makes a run, with what goes wrong in it. Only that has the cell's timeout: nothing else is
// to fail on a busy machine.
func (l *faultLife) run(run int, cell *faultCell) (err error) {
	want := l.wanted(run)
	if cell != nil {
		l.setTimeouts(want, cell.fault.timeout)
		defer l.setTimeouts(want, soonTimeout)
	}
	l.mu.Lock()
	l.sent, l.reports, l.cell, l.hit, l.lifted = nil, nil, cell, false, make(chan struct{})
	l.mu.Unlock()
	defer l.lift()
	if isPlan(run) {
		l.changes, err = l.core.plan(want, planOptions{})
		return err
	}
	return l.core.carryOut(l.changes)
}

// setTimeouts changes the timeouts of the resource: in a configuration, in the state, and in
// the plan that is carried out.
func (l *faultLife) setTimeouts(want map[string]*wanted, timeout time.Duration) {
	change := func(v tftypes.Value) tftypes.Value { return withTimeouts(l.t, v, timeout) }
	wants, objects := slices.Collect(maps.Values(want)), slices.Collect(maps.Values(l.core.state))
	for _, c := range l.changes {
		wants, objects = append(wants, c.want), append(objects, c.prior)
		if c.planned.Type() != nil {
			c.planned = change(c.planned)
		}
	}
	for _, o := range objects {
		if o != nil {
			o.value = change(o.value)
		}
	}
	for _, w := range wants {
		if w != nil {
			w.config["timeouts"] = change(w.config["timeouts"])
		}
	}
}

// withTimeouts is a value of a resource, or of its timeouts, with other timeouts in it.
func withTimeouts(t *testing.T, v tftypes.Value, timeout time.Duration) tftypes.Value {
	t.Helper()
	v, err := tftypes.Transform(v, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		for _, name := range []string{"create", "read", "update", "delete"} {
			if at.LastStep() == tftypes.AttributeName(name) {
				return tftypes.NewValue(tftypes.String, timeout.String()), nil
			}
		}
		return v, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// lift ends what goes wrong, and waits for the commands that nobody waits for.
func (l *faultLife) lift() {
	l.mu.Lock()
	l.cell = nil
	close(l.lifted)
	l.mu.Unlock()
	for l.underway() {
		<-l.ended
		l.mu.Lock()
		l.started--
		l.mu.Unlock()
	}
}

func (l *faultLife) underway() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.started > 0
}

// apply plans and applies what a run is about.
func (l *faultLife) apply(run int) error {
	if err := l.run(run-run%2, nil); err != nil {
		return err
	}
	return l.run(run-run%2+1, nil)
}
