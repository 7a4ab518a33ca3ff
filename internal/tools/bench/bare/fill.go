// SPDX-License-Identifier: MPL-2.0

package main

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// shapes are the schemas of the resources.
type shapes map[string]*tfprotov6.Schema

// sample has the length of a principal's display name in Kusto.
const sample = "User 0123 (upn: user0123@contoso.example)"

// change applies f to each computed attribute of an object.
func (s shapes) change(typeName string, v *tfprotov6.DynamicValue, f func(of map[string]tftypes.Value, name string)) (*tfprotov6.DynamicValue, error) {
	schema := s[typeName]
	object := schema.ValueType()
	value, err := v.Unmarshal(object)
	if err != nil {
		return nil, err
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return nil, err
	}
	for _, a := range schema.Block.Attributes {
		if a.Computed {
			f(attributes, a.Name)
		}
	}
	changed, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, attributes))
	return &changed, err
}

// markUnknown makes a null attribute unknown, for a plan.
func markUnknown(of map[string]tftypes.Value, name string) {
	if v := of[name]; v.IsNull() {
		of[name] = tftypes.NewValue(v.Type(), tftypes.UnknownValue)
	}
}

// fillIn gives an unknown attribute a value, for an apply.
func fillIn(of map[string]tftypes.Value, name string) {
	v := of[name]
	if v.IsKnown() {
		return
	}
	switch t := v.Type().(type) {
	case tftypes.Map:
		of[name] = tftypes.NewValue(t, membersOf(of["principals"], t.ElementType))
	case tftypes.List:
		of[name] = tftypes.NewValue(t, []tftypes.Value{})
	default:
		if t.Is(tftypes.Bool) {
			of[name] = tftypes.NewValue(t, false)
			return
		}
		of[name] = tftypes.NewValue(t, sample)
	}
}

// membersOf makes an object for each principal.
func membersOf(principals tftypes.Value, member tftypes.Type) map[string]tftypes.Value {
	var names []tftypes.Value
	object, ok := member.(tftypes.Object)
	if err := principals.As(&names); err != nil || !ok {
		return nil
	}
	members := make(map[string]tftypes.Value, len(names))
	for _, n := range names {
		var name string
		if err := n.As(&name); err != nil {
			continue
		}
		attributes := make(map[string]tftypes.Value)
		for a, t := range object.AttributeTypes {
			attributes[a] = tftypes.NewValue(t, sample)
		}
		members[name] = tftypes.NewValue(object, attributes)
	}
	return members
}
