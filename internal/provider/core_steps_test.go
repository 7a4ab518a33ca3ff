// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	tfjson "github.com/hashicorp/terraform-json"
)

var withCLI = flag.Bool("cli", false, "let a CLI run the tests that the core in this process runs otherwise")

// runCase runs a test of what the provider does in the core, which needs no CLI. Tests
// of what a CLI and the provider do together call resource.Test.
func runCase(t *testing.T, c resource.TestCase) {
	t.Helper()
	if *withCLI {
		resource.Test(t, c)
		return
	}
	r := &coreRun{t: t}
	r.core = &core{parallelism: 10, random: rand.New(rand.NewPCG(1, 2)), state: map[string]*object{}, start: r.start}
	defer r.end(c)
	for i, step := range c.Steps {
		r.step(fmt.Sprintf("step %d of %d", i+1, len(c.Steps)), step)
	}
}

// coreRun runs the steps of a test like terraform-plugin-testing, which has a CLI run
// them: plan, apply, and two more plans that have to be empty.
type coreRun struct {
	*core
	t      *testing.T
	config *coreConfig
	read   map[string]tftypes.Value // the data sources, after a plan
}

func (r *coreRun) step(name string, step resource.TestStep) {
	r.t.Helper()
	if step.ImportStatePersist || step.ImportStateId != "" || step.ImportState && !step.ImportStateVerify || len(step.ConfigStateChecks) > 0 || step.ConfigVariables != nil || step.Query {
		r.t.Fatalf("%s is one for a CLI", name)
	}
	if step.PreConfig != nil {
		step.PreConfig()
	}
	var err error
	switch {
	case step.ImportState:
		err = r.importState(step)
	case step.RefreshState:
		err = r.refreshState(step)
	default:
		schema, e := NewServer("test")().GetProviderSchema(r.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if e != nil {
			r.t.Fatal(e)
		}
		r.config = parseConfig(r.t, schema, step.Config)
		err = r.applyConfig(step)
	}
	switch {
	case step.ExpectError == nil && err != nil:
		r.t.Fatalf("%s: %v", name, err)
	case step.ExpectError != nil && err == nil:
		r.t.Fatalf("%s: there is no error, want %s", name, step.ExpectError)
	case step.ExpectError != nil && !step.ExpectError.MatchString(err.Error()):
		r.t.Fatalf("%s: want an error with %s, got: %v", name, step.ExpectError, err)
	}
}

// applyConfig is a step with a configuration.
func (r *coreRun) applyConfig(step resource.TestStep) error {
	if !step.PlanOnly {
		if err := r.planAndApply(step); err != nil {
			return err
		}
	}
	for _, o := range []struct {
		planOptions
		checks []plancheck.PlanCheck
	}{
		{planOptions{noRefresh: true}, step.ConfigPlanChecks.PostApplyPreRefresh},
		{planOptions{}, step.ConfigPlanChecks.PostApplyPostRefresh},
	} {
		changes, err := r.planStep(step, o.planOptions)
		if err != nil {
			return fmt.Errorf("plan after the apply: %w", err)
		}
		if err := checkPlan(changes, o.checks); err != nil {
			return err
		}
		switch err := empty(changes); {
		case err != nil && !step.ExpectNonEmptyPlan:
			return fmt.Errorf("the plan (%+v) is not empty: %w", o.planOptions, err)
		case err == nil && step.ExpectNonEmptyPlan && !o.noRefresh:
			return errors.New("the plan is empty")
		}
	}
	return nil
}

func (r *coreRun) planAndApply(step resource.TestStep) error {
	changes, err := r.planStep(step, planOptions{})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	if err := checkPlan(changes, step.ConfigPlanChecks.PreApply); err != nil {
		return err
	}
	before := r.shim()
	if err := r.carryOut(changes); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if step.Check == nil {
		return nil
	}
	if !step.Destroy {
		before = r.shim()
	}
	return step.Check(before)
}

func (r *coreRun) planStep(step resource.TestStep, o planOptions) ([]*moveChange, error) {
	want := r.config.resources
	if step.Destroy {
		want = nil
	}
	return r.plan(want, o)
}

// refreshState is terraform refresh, and a plan.
func (r *coreRun) refreshState(step resource.TestStep) error {
	p, err := r.start()
	if err != nil {
		return err
	}
	for _, address := range slices.Sorted(maps.Keys(r.state)) {
		change := &moveChange{address: address, want: r.config.resources[address], prior: r.state[address]}
		if err := p.refresh(change, planOptions{}); err != nil {
			return change.quote(err)
		}
		r.keep(address, change.prior)
	}
	if step.Check != nil {
		if err := step.Check(r.shim()); err != nil {
			return err
		}
	}
	changes, err := r.planStep(step, planOptions{})
	if err != nil {
		return err
	}
	if err := checkPlan(changes, step.RefreshPlanChecks.PostRefresh); err != nil {
		return err
	}
	if err := empty(changes); err != nil && !step.ExpectNonEmptyPlan {
		return fmt.Errorf("the plan after the refresh is not empty: %w", err)
	}
	return nil
}

// importState imports an object that is in the state, by its id, and compares the two.
func (r *coreRun) importState(step resource.TestStep) error {
	p, err := r.start()
	if err != nil {
		return err
	}
	o := r.state[step.ResourceName]
	want, got := map[string]string{}, map[string]string{}
	flatten(want, "", o.value)
	resp, err := p.server.ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: o.typeName, ID: want["id"]})
	if err = errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return err
	}
	imported := resp.ImportedResources[0]
	change := &moveChange{address: step.ResourceName, prior: &object{
		typeName: o.typeName, value: p.unpack(o.typeName, imported.State), private: imported.Private, identity: imported.Identity,
	}}
	if err := p.refresh(change, planOptions{}); err != nil {
		return err
	}
	if change.prior == nil {
		return fmt.Errorf("%s is not there after its import", want["id"])
	}
	flatten(got, "", change.prior.value)
	for _, attributes := range []map[string]string{want, got} {
		maps.DeleteFunc(attributes, func(name, _ string) bool {
			return slices.ContainsFunc(step.ImportStateVerifyIgnore, func(ignored string) bool { return strings.HasPrefix(name, ignored) })
		})
	}
	if !maps.Equal(want, got) {
		return fmt.Errorf("the import has %v, the state %v", got, want)
	}
	return nil
}

// end destroys what is left, also after a failure.
func (r *coreRun) end(c resource.TestCase) {
	r.t.Helper()
	if len(r.state) == 0 || r.config == nil {
		return
	}
	before := r.shim()
	changes, err := r.plan(nil, planOptions{noRefresh: true})
	if err == nil {
		err = r.carryOut(changes)
	}
	if err == nil && c.CheckDestroy != nil {
		err = c.CheckDestroy(before)
	}
	if err != nil {
		r.t.Fatalf("destroy at the end: %v", err)
	}
}

// start starts the provider, checks the configuration, and configures it.
func (r *coreRun) start() (providerProcess, error) {
	p := providerProcess{protocol: &protocol{t: r.t, server: NewServer("test", WithRetry(fastRetry, fastWaits))(), schema: r.config.schema}}
	if err := r.validate(p); err != nil {
		return p, err
	}
	schema := r.config.schema.Provider
	resp, err := p.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: p.packed(schema, r.config.provider),
	})
	if err = errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return p, quoted(r.config.provider, err)
	}
	return p, r.readData(p)
}

func quoted(w *wanted, err error) error { return (&moveChange{want: w}).quote(err) }

func (r *coreRun) validate(p providerProcess) error {
	provider := p.packed(r.config.schema.Provider, r.config.provider)
	resp, err := p.server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{Config: provider})
	all := quoted(r.config.provider, errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }))
	for _, w := range r.config.resources {
		resp, err := p.server.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: w.typeName, Config: p.pack(w.typeName, p.config(w)),
		})
		all = errors.Join(all, quoted(w, errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics })))
	}
	for _, w := range r.config.data {
		resp, err := p.server.ValidateDataResourceConfig(context.Background(), &tfprotov6.ValidateDataResourceConfigRequest{
			TypeName: w.typeName, Config: p.packed(r.config.schema.DataSourceSchemas[w.typeName], w),
		})
		all = errors.Join(all, quoted(w, errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics })))
	}
	return all
}

// packed is a block of a schema.
func (p *protocol) packed(schema *tfprotov6.Schema, w *wanted) *tfprotov6.DynamicValue {
	p.t.Helper()
	object := schema.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, t := range object.AttributeTypes {
		v, ok := w.config[name]
		if !ok {
			v = tftypes.NewValue(t, nil)
		}
		values[name] = v
	}
	out, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		p.t.Fatal(err)
	}
	return &out
}

// readData reads the data sources, as a plan does.
func (r *coreRun) readData(p providerProcess) error {
	r.read = map[string]tftypes.Value{}
	for address, w := range r.config.data {
		schema := r.config.schema.DataSourceSchemas[w.typeName]
		resp, err := p.server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{TypeName: w.typeName, Config: p.packed(schema, w)})
		if err = errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
			return quoted(w, err)
		}
		if r.read[address], err = resp.State.Unmarshal(schema.ValueType()); err != nil {
			return err
		}
	}
	return nil
}

// actions are what a plan in JSON calls a change.
func (change *moveChange) actions() tfjson.Actions {
	switch change.action {
	case "create", "update", "delete":
		return tfjson.Actions{tfjson.Action(change.action)}
	case "replace":
		if change.want.createFirst {
			return tfjson.Actions{tfjson.ActionCreate, tfjson.ActionDelete}
		}
		return tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}
	}
	return tfjson.Actions{tfjson.ActionNoop}
}

func checkPlan(changes []*moveChange, checks []plancheck.PlanCheck) error {
	plan := &tfjson.Plan{}
	for _, change := range changes {
		if change.want != nil || change.prior != nil {
			plan.ResourceChanges = append(plan.ResourceChanges, &tfjson.ResourceChange{
				Address: change.address, Change: &tfjson.Change{Actions: change.actions()},
			})
		}
	}
	var all error
	for _, check := range checks {
		var resp plancheck.CheckPlanResponse
		check.CheckPlan(context.Background(), plancheck.CheckPlanRequest{Plan: plan}, &resp)
		all = errors.Join(all, resp.Error)
	}
	return all
}

var indexed = regexp.MustCompile(`\[(\d+)\]$`)

// shim is the state as checks read it: an attribute is a line for each of its parts.
func (r *coreRun) shim() *terraform.State {
	state := terraform.NewState() //nolint:staticcheck // what checks take
	add := func(address, typeName string, value tftypes.Value, tainted bool) {
		attributes := map[string]string{}
		flatten(attributes, "", value)
		key := indexed.ReplaceAllString(address, ".$1")
		state.RootModule().Resources[key] = &terraform.ResourceState{
			Type: typeName, Primary: &terraform.InstanceState{ID: attributes["id"], Attributes: attributes, Tainted: tainted},
		}
	}
	for address, o := range r.state {
		add(address, o.typeName, o.value, o.tainted)
	}
	for address, value := range r.read {
		add(address, strings.Split(address, ".")[1], value, false)
	}
	return state
}

func flatten(into map[string]string, at string, value tftypes.Value) {
	below := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	if value.IsNull() || !value.IsKnown() {
		return
	}
	var text string
	var yes bool
	var number big.Float
	var list []tftypes.Value
	var object map[string]tftypes.Value
	switch {
	case value.As(&text) == nil:
		into[at] = text
	case value.As(&yes) == nil:
		into[at] = strconv.FormatBool(yes)
	case value.As(&number) == nil:
		into[at] = json.Number(number.Text('f', -1)).String()
	case value.As(&list) == nil:
		into[below("#")] = strconv.Itoa(len(list))
		for i, v := range list {
			flatten(into, below(strconv.Itoa(i)), v)
		}
	case value.As(&object) == nil:
		into[below("%")] = strconv.Itoa(len(object))
		for name, v := range object {
			flatten(into, below(name), v)
		}
	}
}
