// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// principalSetType is the type of `principals`: a set of strings. It compares two sets
// as a whole. For other sets the framework compares each element with each, which takes
// seconds for a thousand.
type principalSetType struct{ basetypes.SetType }

type principalSetValue struct{ basetypes.SetValue }

var (
	principalSet = principalSetType{basetypes.SetType{ElemType: basetypes.StringType{}}}

	_ basetypes.SetTypable                    = principalSetType{}
	_ basetypes.SetValuableWithSemanticEquals = principalSetValue{}
)

func (t principalSetType) Equal(o attr.Type) bool {
	other, ok := o.(principalSetType)
	return ok && t.SetType.Equal(other.SetType)
}

func (t principalSetType) ValueFromSet(_ context.Context, in basetypes.SetValue) (basetypes.SetValuable, diag.Diagnostics) {
	return principalSetValue{in}, nil
}

func (t principalSetType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.SetType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	return principalSetValue{v.(basetypes.SetValue)}, nil //nolint:forcetypeassert // the framework's own type
}

func (t principalSetType) ValueType(context.Context) attr.Value { return principalSetValue{} }

func (v principalSetValue) Type(context.Context) attr.Type { return principalSet }

func (v principalSetValue) Equal(o attr.Value) bool {
	other, ok := o.(principalSetValue)
	return ok && v.SetValue.Equal(other.SetValue)
}

// SetSemanticEquals reports whether two sets have the same elements.
func (v principalSetValue) SetSemanticEquals(_ context.Context, o basetypes.SetValuable) (bool, diag.Diagnostics) {
	other, ok := o.(principalSetValue)
	if !ok || len(v.Elements()) != len(other.Elements()) || v.IsUnknown() || other.IsUnknown() || v.IsNull() != other.IsNull() {
		return false, nil
	}
	names := make(map[string]bool, len(v.Elements()))
	for _, e := range v.Elements() {
		names[e.String()] = true
	}
	for _, e := range other.Elements() {
		if !names[e.String()] {
			return false, nil
		}
	}
	return true, nil
}
