// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// objectLike makes an object of the type that like has.
func objectLike(ctx context.Context, like types.Object, values map[string]attr.Value) (types.Object, diag.Diagnostics) {
	attributeTypes := like.AttributeTypes(ctx)
	for name, v := range values {
		switch custom := attributeTypes[name].(type) {
		case spelledType:
			values[name] = spelledValue{stringOf(v), custom.rules}
		case principalSetType:
			values[name] = principalSetValue{setOf(v)}
		}
	}
	return types.ObjectValue(attributeTypes, values)
}

// describe sets the attributes of a new object one by one.
func describe(ctx context.Context, values map[string]attr.Value, set func(context.Context, path.Path, any) diag.Diagnostics, diags *diag.Diagnostics) {
	for name, value := range values {
		if name == "timeouts" {
			continue // not part of what the service holds
		}
		diags.Append(set(ctx, path.Root(name), value)...)
	}
}

// stringOf returns a string attribute of any string type, or null.
func stringOf(v attr.Value) types.String {
	if s, ok := v.(basetypes.StringValuable); ok {
		s, _ := s.ToStringValue(context.Background()) // neither type of the provider returns errors
		return s
	}
	return types.StringNull()
}

// fqnOf is a principal that was validated; the zero FQN for null.
func fqnOf(v attr.Value) kusto.FQN {
	f, _ := kusto.ParseFQN(stringOf(v).ValueString())
	return f
}

// setOf returns a set of strings, of the framework's type or of the provider's.
func setOf(v attr.Value) types.Set {
	if s, ok := v.(basetypes.SetValuable); ok {
		s, _ := s.ToSetValue(context.Background()) // neither type returns errors
		return s
	}
	return types.SetNull(types.StringType)
}

// boolOf returns a bool attribute, or null.
func boolOf(v attr.Value) types.Bool {
	if b, ok := v.(types.Bool); ok {
		return b
	}
	return types.BoolNull()
}

// optional returns a string, null if it is empty.
func optional(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// fullyKnown reports whether no part of a value is unknown.
func fullyKnown(ctx context.Context, v attr.Value) bool {
	raw, err := v.ToTerraformValue(ctx)
	return err == nil && raw.IsFullyKnown()
}

// goValue is the Go value of a known string, bool or list of strings.
func goValue(v any) any {
	switch v := v.(type) {
	case basetypes.StringValue:
		return v.ValueString()
	case basetypes.BoolValue:
		return v.ValueBool()
	case basetypes.ListValue:
		var list []string
		for _, e := range v.Elements() {
			list = append(list, stringOf(e).ValueString())
		}
		return list
	}
	panic(fmt.Sprintf("a provider argument of type %T", v))
}

// fqnsIn are the known principals of a set or a list.
func fqnsIn(set interface{ Elements() []attr.Value }) []kusto.FQN { return parsedFQNs(textsIn(set)) }

// textsIn are the texts of a set or a list.
func textsIn(set interface{ Elements() []attr.Value }) []string {
	var texts []string
	for _, v := range set.Elements() {
		texts = append(texts, stringOf(v).ValueString())
	}
	return texts
}

// parsedFQNs are the names that are FQNs.
func parsedFQNs(names []string) []kusto.FQN {
	return new(commonModel).fqnsOf(names)
}
