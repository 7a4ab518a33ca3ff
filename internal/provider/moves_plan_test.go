// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// planned is the provider's answer to one request for a plan.
type planned struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	replaces []string // attributes that changed and force a new resource
}

// plan decides what happens to an instance. Again is a plan without -replace.
func (p providerProcess) plan(change *moveChange, again bool) (err error) {
	if change.want == nil {
		if change.prior == nil {
			return nil
		}
		change.action = "delete"
		change.private, err = p.planDelete(change.prior)
		return err
	}
	prior := change.prior
	if prior != nil && prior.tainted {
		prior = nil // it is planned like one that does not exist
	}
	answer, err := p.planOnce(change.want, prior)
	if err != nil {
		return err
	}
	switch {
	case change.prior == nil:
		change.action = "create"
	case prior == nil:
		change.action = "replace"
	case len(answer.replaces) > 0, change.want.replace && !again:
		change.action = "replace"
		if answer, err = p.planFrom(change.want, nil, answer.private); err != nil {
			return err
		}
	case !answer.value.Equal(prior.value):
		change.action = "update"
	}
	change.planned, change.private = answer.value, answer.private
	return nil
}

// planDelete returns the private data for the destroy.
func (p providerProcess) planDelete(o *object) ([]byte, error) {
	null := tftypes.NewValue(o.value.Type(), nil)
	resp, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.typeName, PriorState: p.pack(o.typeName, o.value), ProposedNewState: p.pack(o.typeName, null),
		Config: p.pack(o.typeName, null), PriorPrivate: o.private, PriorIdentity: o.identity,
	})
	if err = p.errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return nil, err
	}
	return resp.PlannedPrivate, nil
}

func (p providerProcess) planOnce(want *wanted, prior *object) (planned, error) {
	if prior == nil {
		return p.planFrom(want, nil, nil)
	}
	return p.planFrom(want, prior, prior.private)
}

func (p providerProcess) planFrom(want *wanted, prior *object, private []byte) (planned, error) {
	config, before := p.config(want), p.valueOf(want.typeName, prior)
	req := &tfprotov6.PlanResourceChangeRequest{
		TypeName: want.typeName, PriorState: p.pack(want.typeName, before), Config: p.pack(want.typeName, config),
		ProposedNewState: p.pack(want.typeName, p.proposal(want.typeName, before, config)), PriorPrivate: private,
	}
	if prior != nil {
		req.PriorIdentity = prior.identity
	}
	resp, err := p.server.PlanResourceChange(context.Background(), req)
	if err = p.errorOf(err, resp, func() []*tfprotov6.Diagnostic { return resp.Diagnostics }); err != nil {
		return planned{}, err
	}
	out := planned{value: p.unpack(want.typeName, resp.PlannedState), private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
	was, is, written := attributesOf(before), attributesOf(out.value), attributesOf(config)
	for _, path := range resp.RequiresReplace {
		name := string(path.Steps()[0].(tftypes.AttributeName))
		if prior != nil && !is[name].Equal(was[name]) {
			out.replaces = append(out.replaces, name)
		}
	}
	for name, v := range written {
		if !v.IsNull() && !is[name].Equal(v) && (prior == nil || !is[name].Equal(was[name])) {
			return out, fmt.Errorf("Provider produced invalid plan: %s is %s, neither %s nor as before", name, is[name], v)
		}
	}
	return out, nil
}

// proposal is what a CLI proposes: the configuration, and for computed attributes
// that it does not set the state.
func (p providerProcess) proposal(typeName string, prior, config tftypes.Value) tftypes.Value {
	values, was := maps.Clone(attributesOf(config)), attributesOf(prior) // As gives the value's own map
	for _, a := range p.schema.ResourceSchemas[typeName].Block.Attributes {
		if v, ok := was[a.Name]; ok && a.Computed && values[a.Name].IsNull() {
			values[a.Name] = v
		}
	}
	return tftypes.NewValue(config.Type(), values)
}

func (p providerProcess) objectType(typeName string) tftypes.Object {
	return p.schema.ResourceSchemas[typeName].ValueType().(tftypes.Object)
}

func (p providerProcess) config(want *wanted) tftypes.Value {
	object := p.objectType(want.typeName)
	values := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, t := range object.AttributeTypes {
		v, ok := want.config[name]
		if !ok {
			v = tftypes.NewValue(t, nil)
		}
		values[name] = v
	}
	return tftypes.NewValue(object, values)
}

// valueOf is an object's value, null if there is none.
func (p providerProcess) valueOf(typeName string, o *object) tftypes.Value {
	if o == nil {
		return tftypes.NewValue(p.objectType(typeName), nil)
	}
	return o.value
}

func (p providerProcess) pack(typeName string, v tftypes.Value) *tfprotov6.DynamicValue {
	out, err := tfprotov6.NewDynamicValue(p.objectType(typeName), v)
	if err != nil {
		panic(err)
	}
	return &out
}

func (p providerProcess) unpack(typeName string, v *tfprotov6.DynamicValue) tftypes.Value {
	out, err := v.Unmarshal(p.objectType(typeName))
	if err != nil {
		panic(err)
	}
	return out
}

// attributesOf are the attributes of an object, none if it is null.
func attributesOf(v tftypes.Value) map[string]tftypes.Value {
	attributes := make(map[string]tftypes.Value)
	if !v.IsNull() {
		if err := v.As(&attributes); err != nil {
			panic(err)
		}
	}
	return attributes
}

// conforms checks that a value keeps everything that the plan knew.
func conforms(at string, plan, actual tftypes.Value) error {
	switch {
	case !plan.IsKnown():
		return nil
	case plan.IsFullyKnown():
		if !plan.Equal(actual) {
			return fmt.Errorf("%s was %s, but now %s", at, plan, actual)
		}
		return nil
	case actual.IsNull() || !actual.IsKnown():
		return fmt.Errorf("%s was %s, but now %s", at, plan, actual)
	}
	was, is := attributesOf(plan), attributesOf(actual)
	if len(was) != len(is) {
		return fmt.Errorf("%s had %d elements, but now %d", at, len(was), len(is))
	}
	for name, v := range was {
		other, ok := is[name]
		if !ok {
			return fmt.Errorf("%s.%s is gone", at, name)
		}
		if err := conforms(at+"."+name, v, other); err != nil {
			return err
		}
	}
	return nil
}
