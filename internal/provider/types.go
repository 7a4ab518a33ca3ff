// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// The custom types of attributes whose values can be spelled in several ways.
var (
	clusterURIType = spelledType{rules: &spelling{
		invalid: "Invalid cluster URI", check: checkClusterURI, equal: mgmt.SameCluster,
	}}
	databaseNameType = spelledType{rules: &spelling{
		invalid: "Invalid name", check: kusto.CheckIdentifier, equal: kusto.SameName,
	}}
	principalFQNType = spelledType{rules: &spelling{
		invalid: "Invalid principal", check: checkPrincipal, equal: samePrincipal,
	}}
)

// spelling says which strings a type accepts, and which of them are equal.
type spelling struct {
	invalid string // the summary of the error for other strings
	check   func(string) error
	equal   func(a, b string) bool
}

// spelledType is a string type with a check and with semantic equality.
type spelledType struct {
	basetypes.StringType
	rules *spelling
}

// spelledValue is a value of a spelledType.
type spelledValue struct {
	basetypes.StringValue
	rules *spelling
}

var (
	_ basetypes.StringTypable                    = spelledType{}
	_ basetypes.StringValuableWithSemanticEquals = spelledValue{}
	_ xattr.ValidateableAttribute                = spelledValue{}
)

func (t spelledType) Equal(o attr.Type) bool {
	other, ok := o.(spelledType)
	return ok && t.rules == other.rules
}

func (t spelledType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return spelledValue{in, t.rules}, nil
}

func (t spelledType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	return spelledValue{v.(basetypes.StringValue), t.rules}, nil //nolint:forcetypeassert // the framework's own type
}

func (t spelledType) ValueType(context.Context) attr.Value { return spelledValue{rules: t.rules} }

func (v spelledValue) Type(context.Context) attr.Type { return spelledType{rules: v.rules} }

func (v spelledValue) Equal(o attr.Value) bool {
	other, ok := o.(spelledValue)
	return ok && v.rules == other.rules && v.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals reports whether two spellings mean the same.
func (v spelledValue) StringSemanticEquals(_ context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, ok := o.(spelledValue)
	return ok && v.rules.equal(v.ValueString(), other.ValueString()), nil
}

// ValidateAttribute refuses strings that the type does not accept.
func (v spelledValue) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if v.IsNull() || v.IsUnknown() {
		return
	}
	if err := v.rules.check(v.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, v.rules.invalid, sentence(err))
	}
}

// checkClusterURI accepts any https address of a host: a type does not know which cloud
// and which trusted_hosts are configured.
func checkClusterURI(s string) error {
	_, err := mgmt.NormalizeClusterURI(s)
	return err
}

func checkPrincipal(s string) error {
	if _, err := kusto.ParseFQN(s); err != nil {
		return fmt.Errorf("%q is not a principal: %w", s, err)
	}
	return nil
}

func samePrincipal(a, b string) bool {
	f, errF := kusto.ParseFQN(a)
	g, errG := kusto.ParseFQN(b)
	return a == b || errF == nil && errG == nil && f.Equal(g)
}
