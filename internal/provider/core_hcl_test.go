// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// coreConfig is a configuration as the core reads it: blocks of the provider, of its
// resources and data sources, and locals. What refers to another block is for a CLI.
type coreConfig struct {
	t         *testing.T
	schema    *tfprotov6.GetProviderSchemaResponse
	text      string
	scope     *hcl.EvalContext
	provider  *wanted
	resources map[string]*wanted
	data      map[string]*wanted
}

// parseConfig reads a configuration by the schema of a provider.
func parseConfig(t *testing.T, schema *tfprotov6.GetProviderSchemaResponse, text string) *coreConfig {
	t.Helper()
	c := &coreConfig{
		t: t, schema: schema, text: text, resources: map[string]*wanted{}, data: map[string]*wanted{},
		scope: &hcl.EvalContext{
			Variables: map[string]cty.Value{"local": cty.EmptyObjectVal},
			Functions: map[string]function.Function{"length": stdlib.LengthFunc},
		},
		provider: &wanted{typeName: "provider"},
	}
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	c.must(diags)
	body := file.Body.(*hclsyntax.Body)
	for _, block := range body.Blocks {
		if block.Type == "locals" {
			c.addLocals(block)
		}
	}
	for _, block := range body.Blocks {
		c.add(block)
	}
	return c
}

func (c *coreConfig) must(diags hcl.Diagnostics) {
	c.t.Helper()
	if diags.HasErrors() {
		c.t.Fatalf("the core cannot read this configuration, a CLI may: %v\n%s", diags, c.text)
	}
}

func (c *coreConfig) addLocals(block *hclsyntax.Block) {
	c.t.Helper()
	locals := c.scope.Variables["local"].AsValueMap()
	if locals == nil {
		locals = map[string]cty.Value{}
	}
	for name, a := range block.Body.Attributes {
		value, diags := a.Expr.Value(c.scope)
		c.must(diags)
		locals[name] = value
	}
	c.scope.Variables["local"] = cty.ObjectVal(locals)
}

func (c *coreConfig) add(block *hclsyntax.Block) {
	c.t.Helper()
	switch block.Type {
	case "locals", "terraform":
	case "provider":
		c.provider = c.block(c.schema.Provider, block, c.scope)
	case "resource":
		c.addResource(block)
	case "data":
		schema, ok := c.schema.DataSourceSchemas[block.Labels[0]]
		if !ok {
			c.t.Fatalf("no data source %s", block.Labels[0])
		}
		c.data["data."+strings.Join(block.Labels, ".")] = c.block(schema, block, c.scope)
	default:
		c.t.Fatalf("the core does not know %s blocks: let a CLI run this", block.Type)
	}
}

func (c *coreConfig) addResource(block *hclsyntax.Block) {
	c.t.Helper()
	schema, ok := c.schema.ResourceSchemas[block.Labels[0]]
	if !ok {
		c.t.Fatalf("no resource %s: let a CLI run this", block.Labels[0])
	}
	address := strings.Join(block.Labels, ".")
	count, ok := block.Body.Attributes["count"]
	if !ok {
		c.resources[address] = c.block(schema, block, c.scope)
		return
	}
	value, diags := count.Expr.Value(c.scope)
	c.must(diags)
	n, _ := value.AsBigFloat().Int64()
	for i := range n {
		scope := c.scope.NewChild()
		scope.Variables = map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(i)})}
		c.resources[fmt.Sprintf("%s[%d]", address, i)] = c.block(schema, block, scope)
	}
}

// block evaluates the arguments of a block.
func (c *coreConfig) block(schema *tfprotov6.Schema, block *hclsyntax.Block, scope *hcl.EvalContext) *wanted {
	c.t.Helper()
	w := &wanted{typeName: block.Labels[0], config: map[string]tftypes.Value{}, source: map[string]string{}}
	types := schema.ValueType().(tftypes.Object).AttributeTypes
	lines := strings.Split(c.text, "\n")
	for name, a := range block.Body.Attributes {
		if name == "count" {
			continue
		}
		attribute, ok := types[name]
		if !ok {
			c.t.Fatalf("%s has no argument %s: let a CLI run this", w.typeName, name)
		}
		value, diags := a.Expr.Value(scope)
		c.must(diags)
		w.config[name] = c.convert(value, attribute)
		w.source[name] = strings.TrimSpace(lines[a.SrcRange.Start.Line-1])
	}
	for _, inner := range block.Body.Blocks {
		for name := range maps.Keys(inner.Body.Attributes) {
			if inner.Type+"."+name != "lifecycle.create_before_destroy" {
				c.t.Fatalf("the core does not know %s in %s: let a CLI run this", name, inner.Type)
			}
			value, diags := inner.Body.Attributes[name].Expr.Value(scope)
			c.must(diags)
			w.createFirst = value.True()
		}
	}
	return w
}

// convert makes the value of an attribute of a value in HCL.
func (c *coreConfig) convert(value cty.Value, to tftypes.Type) tftypes.Value {
	c.t.Helper()
	raw, err := ctyjson.Marshal(value, value.Type())
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := tfprotov6.RawState{JSON: raw}.Unmarshal(to)
	if err != nil {
		c.t.Fatalf("%s: %v", raw, err)
	}
	return out
}
