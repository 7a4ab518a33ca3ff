package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// shape is a schema as the express lane reads it: the attributes of an object.
type shape struct {
	names  []string // sorted, as they travel
	fields map[string]*field
	types  map[string]attr.Type
}

type field struct {
	form   form
	nested *shape // of an object, and of each object in a map

	required, computed, optional bool
	standard                     attr.Value // what leaving it out means; nil for nothing
	strings                      []validator.String
	sets                         []validator.Set
	path                         path.Path
}

// form is how the value of an attribute travels.
type form int

const (
	text    form = iota // a string
	truth               // a bool
	object              // an object
	texts               // a set of strings
	objects             // a map of objects
)

// shapeOf reads a schema; false where it holds anything that the lane does not
// know and that might mean more than its values tell, such as a plan modifier.
func shapeOf(ctx context.Context, attributes map[string]schema.Attribute, at path.Path) (*shape, bool) {
	s := &shape{
		names:  slices.Sorted(maps.Keys(attributes)),
		fields: make(map[string]*field, len(attributes)),
		types:  make(map[string]attr.Type, len(attributes)),
	}
	for name, a := range attributes {
		if a.GetDeprecationMessage() != "" || a.IsWriteOnly() {
			return nil, false
		}
		f := &field{required: a.IsRequired(), computed: a.IsComputed(), optional: a.IsOptional(), path: at.AtName(name)}
		if !f.takes(ctx, a) {
			return nil, false
		}
		s.fields[name], s.types[name] = f, a.GetType()
	}
	return s, true
}

// takes reads what is particular to the type of an attribute.
func (f *field) takes(ctx context.Context, a schema.Attribute) (ok bool) {
	switch a := a.(type) {
	case schema.StringAttribute:
		f.form, f.strings = text, a.Validators
		return a.CustomType == nil && len(a.PlanModifiers) == 0 && a.Default == nil
	case schema.BoolAttribute:
		f.form, f.standard = truth, standardOf(ctx, a.Default)
		return a.CustomType == nil && len(a.PlanModifiers)+len(a.Validators) == 0
	case schema.SingleNestedAttribute:
		f.form = object
		f.nested, ok = shapeOf(ctx, a.Attributes, f.path)
		return ok && len(a.PlanModifiers)+len(a.Validators) == 0 && a.Default == nil
	case schema.SetAttribute:
		f.form, f.sets = texts, a.Validators
		return a.CustomType == nil && types.StringType.Equal(a.ElementType) && len(a.PlanModifiers) == 0 && a.Default == nil
	case schema.MapNestedAttribute:
		f.form = objects
		f.nested, ok = shapeOf(ctx, a.NestedObject.Attributes, f.path)
		return ok && a.CustomType == nil && len(a.PlanModifiers)+len(a.Validators) == 0 && a.Default == nil
	}
	return false
}

func standardOf(ctx context.Context, d defaults.Bool) attr.Value {
	if d == nil {
		return nil
	}
	var resp defaults.BoolResponse
	d.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
	return resp.PlanValue
}

// shapeOfStrings is the shape of an identity.
func shapeOfStrings(names []string) *shape {
	s := &shape{names: slices.Sorted(slices.Values(names)), fields: make(map[string]*field, len(names))}
	for _, name := range names {
		s.fields[name] = &field{form: text}
	}
	return s
}

// valid reports whether a configuration passes every check of its schema without
// a word.
func (s *shape) valid(ctx context.Context, values map[string]attr.Value) bool {
	for name, f := range s.fields {
		value := values[name]
		switch {
		case value.IsNull() && f.required, !value.IsNull() && !f.required && !f.optional:
			return false
		case !value.IsNull() && !f.valid(ctx, value):
			return false
		}
	}
	return true
}

func (f *field) valid(ctx context.Context, value attr.Value) bool {
	switch value := value.(type) {
	case types.String:
		return passes(ctx, f.strings, f.path, value)
	case types.Object:
		return f.nested.valid(ctx, value.Attributes())
	case types.Set:
		return passSet(ctx, f.sets, f.path, value)
	}
	return true
}

// passes asks the schema's own validators, which look at nothing but the value.
func passes(ctx context.Context, all []validator.String, at path.Path, value types.String) bool {
	for _, v := range all {
		var resp validator.StringResponse
		v.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), ConfigValue: value}, &resp)
		if len(resp.Diagnostics) > 0 {
			return false
		}
	}
	return true
}

func passSet(ctx context.Context, all []validator.Set, at path.Path, value types.Set) bool {
	for _, v := range all {
		var resp validator.SetResponse
		v.ValidateSet(ctx, validator.SetRequest{Path: at, PathExpression: at.Expression(), ConfigValue: value}, &resp)
		if len(resp.Diagnostics) > 0 {
			return false
		}
	}
	return true
}
