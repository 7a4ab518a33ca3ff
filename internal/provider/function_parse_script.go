// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/script"
)

// parseScriptFunction is provider::kusto::parse_script.
type parseScriptFunction struct{}

var _ function.Function = parseScriptFunction{}

func newParseScriptFunction() function.Function { return parseScriptFunction{} }

var scriptGrantType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"command": types.StringType, "kind": types.StringType, "database": types.StringType, "name": types.StringType,
	"role": types.StringType, "principal_fqn": types.StringType, "notes": types.StringType,
}}

func (parseScriptFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_script"
}

func (parseScriptFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads the grants in a script",
		MarkdownDescription: "Parses a script of Kusto management commands, and returns what its `.add`, `.set` and `.drop` commands do with " +
			"principals: a list with one object for each principal, in the order of the script. It has these attributes:\n\n" +
			"- `command`: `add`, `set` or `drop`.\n" +
			"- `kind`: " + codeList(script.Kinds()) + ". The provider has no resource for the last one.\n" +
			"- `database`: the name of the database, if the command is about a database and names it. Otherwise null: a script does not say " +
			"in which database its tables and other objects are.\n" +
			"- `name`: the name of the table or other object. Null for a database and for the cluster.\n" +
			"- `role`: the role, in the plural and in lower case, such as `viewers`.\n" +
			"- `principal_fqn`: the principal, as the script spells it. Null for `.set … none`, which removes all principals of the role.\n" +
			"- `notes`: the notes, or null.\n\n" +
			"All other commands are skipped, as are comments and the bodies of functions. A command for principals that cannot be read is an " +
			"error with its line. The same grant can be in a script twice: `distinct` removes the second one.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "text", MarkdownDescription: "A script, such as `file(\"grants.kql\")`. Commands can be in `.execute database script`."},
		},
		Return: function.ListReturn{ElementType: scriptGrantType},
	}
}

func (parseScriptFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	grants, err := script.Parse(text)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, strings.TrimSuffix(sentence(err), ".")) // the CLI adds the full stop
		return
	}
	objects := make([]attr.Value, len(grants))
	for i, g := range grants {
		objects[i] = types.ObjectValueMust(scriptGrantType.AttrTypes, map[string]attr.Value{
			"command": types.StringValue(g.Command), "kind": types.StringValue(g.Kind), "database": optional(g.Database), "name": optional(g.Name),
			"role": types.StringValue(string(g.Role)), "principal_fqn": optional(g.PrincipalFQN), "notes": optional(g.Notes),
		})
	}
	resp.Error = resp.Result.Set(ctx, types.ListValueMust(scriptGrantType, objects))
}
