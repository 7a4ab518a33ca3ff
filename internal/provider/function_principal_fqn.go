// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalFQNFunction is provider::kusto::principal_fqn.
type principalFQNFunction struct{}

var _ function.Function = principalFQNFunction{}

func newPrincipalFQNFunction() function.Function { return principalFQNFunction{} }

func (principalFQNFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "principal_fqn"
}

func (principalFQNFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Writes a principal's fully qualified name",
		MarkdownDescription: "Builds a principal's fully qualified name from its parts and validates it: " +
			"`principal_fqn(\"app\", azuread_application.it.client_id, data.azuread_client_config.current.tenant_id)`.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "type", MarkdownDescription: "What the principal is: " + codeList(kusto.PrincipalTypes()) + "."},
			function.StringParameter{Name: "id", MarkdownDescription: "An object id, an application id, a UPN, an e-mail address or a display name."},
			function.StringParameter{Name: "tenant", AllowNullValue: true, MarkdownDescription: "The tenant's id or domain name; null or empty where the id's own domain decides."},
		},
		Return: function.StringReturn{},
	}
}

func (principalFQNFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var kind, id string
	var tenant types.String
	if resp.Error = req.Arguments.Get(ctx, &kind, &id, &tenant); resp.Error != nil {
		return
	}
	f, err := kusto.NewFQN(kusto.PrincipalType(kind), id, tenant.ValueString())
	if err != nil {
		resp.Error = function.NewFuncError(strings.TrimSuffix(sentence(err), ".")) // the CLI adds the full stop
		return
	}
	resp.Error = resp.Result.Set(ctx, f.String())
}
