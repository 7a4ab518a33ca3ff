// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// parsePrincipalFQNFunction is provider::kusto::parse_principal_fqn.
type parsePrincipalFQNFunction struct{}

var _ function.Function = parsePrincipalFQNFunction{}

func newParsePrincipalFQNFunction() function.Function { return parsePrincipalFQNFunction{} }

var parsedFQNTypes = map[string]attr.Type{"type": types.StringType, "id": types.StringType, "tenant": types.StringType}

func (parsePrincipalFQNFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_principal_fqn"
}

func (parsePrincipalFQNFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads a principal's fully qualified name",
		MarkdownDescription: "Parses a principal's fully qualified name into `type` (" + codeList(kusto.PrincipalTypes()) + "), `id` and `tenant`. " +
			"`tenant` is null if the name has none.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "fqn", MarkdownDescription: "A principal's fully qualified name, such as `aadapp=<application id>;<tenant>`."},
		},
		Return: function.ObjectReturn{AttributeTypes: parsedFQNTypes},
	}
}

func (parsePrincipalFQNFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var fqn string
	if resp.Error = req.Arguments.Get(ctx, &fqn); resp.Error != nil {
		return
	}
	f, err := kusto.ParseFQN(fqn)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, strings.TrimSuffix(sentence(err), ".")) // the CLI adds the full stop
		return
	}
	resp.Error = resp.Result.Set(ctx, types.ObjectValueMust(parsedFQNTypes, map[string]attr.Value{
		"type": types.StringValue(string(f.Type)), "id": types.StringValue(f.ID), "tenant": optional(f.Tenant),
	}))
}
