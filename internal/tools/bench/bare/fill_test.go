// SPDX-License-Identifier: MPL-2.0

package main

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

// The real schema grows. The minimum has to be able to answer for each of its attributes.
func TestFillIn_knowsEveryAttributeOfTheSchema(t *testing.T) {
	t.Parallel()
	schema, err := provider.NewServer("bare")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, resource := range schema.ResourceSchemas {
		object := resource.ValueType().(tftypes.Object)
		unknown := make(map[string]tftypes.Value)
		for attribute, of := range object.AttributeTypes {
			unknown[attribute] = tftypes.NewValue(of, tftypes.UnknownValue)
		}
		planned, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, unknown))
		if err != nil {
			t.Fatal(err)
		}
		filled, err := shapes(schema.ResourceSchemas).change(name, &planned, fillIn)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		value, err := filled.Unmarshal(object)
		if err != nil {
			t.Fatal(err)
		}
		attributes := make(map[string]tftypes.Value)
		if err := value.As(&attributes); err != nil {
			t.Fatal(err)
		}
		for _, a := range resource.Block.Attributes {
			if a.Computed && !attributes[a.Name].IsFullyKnown() {
				t.Errorf("%s: %s is unknown after an apply", name, a.Name)
			}
		}
	}
}
