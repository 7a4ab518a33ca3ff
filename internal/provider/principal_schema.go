package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

func principalSchema(ctx context.Context, kind *kusto.Kind) schema.Schema {
	attributes := targetSchema(kind)
	attributes[principalAttribute] = schema.StringAttribute{
		Required: true, Validators: []validator.String{principalValidator{}},
		MarkdownDescription: "The principal, in any form that Kusto reads: " + principalForms +
			" Forms that name the same principal make no difference; another principal makes another resource.",
	}
	attributes["notes"] = schema.StringAttribute{
		Optional: true, Computed: true, Validators: []validator.String{notesValidator{}},
		MarkdownDescription: "A text that Kusto keeps beside the grant. Left out, whatever is there stays.",
	}
	attributes["timeouts"] = timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: timeoutDescription("15m", "Also how long a principal that Microsoft Entra ID does not show yet is waited for."),
		ReadDescription:   timeoutDescription("5m", ""),
		UpdateDescription: timeoutDescription("15m", ""),
		DeleteDescription: timeoutDescription("15m", ""),
	})
	for name, description := range map[string]string{
		"resolved_fqn":           "The principal as Kusto resolved it: object or application id and tenant id. This is what the grant is told by.",
		"principal_type":         "What the principal is: " + orCodes(kusto.PrincipalTypes()) + ".",
		"principal_display_name": "The name that Kusto shows for the principal. For one of another tenant it says no more than that.",
		"principal_object_id":    "The principal's object id in Microsoft Entra ID, where Kusto tells it.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return schema.Schema{
		MarkdownDescription: principalResourceDescription(kind),
		Attributes:          attributes,
	}
}

const principalForms = "`aaduser=<UPN>`, `aaduser=<object id>;<tenant>`, `aadgroup=<email>`, `aadgroup=<display name>;<tenant>`, " +
	"`aadgroup=<object id>;<tenant>`, `aadapp=<application id>;<tenant>`, `aadapp=<display name>;<tenant>` (a managed identity too, by its client id or its object id), `msauser=<UPN>`. " +
	"A tenant is an id or a domain name."

func timeoutDescription(standard, more string) string {
	d := "A duration such as \"30s\" or \"2h45m\". Defaults to " + standard + "."
	if more != "" {
		d += " " + more
	}
	return d
}

func principalResourceDescription(kind *kusto.Kind) string {
	return fmt.Sprintf("Grants one principal one role of a %[1]s. Adds and removes exactly this grant (`.add %[2]s`, `.drop %[2]s`) and leaves every other alone.\n\n"+
		"A grant that exists already is adopted. Rows that the %[1]s inherits from elsewhere (such as `AllDatabasesAdmin`%[3]s) are no grants of it.\n\n"+
		"To manage it, the identity that runs Terraform needs the role %[4]s. Destroying it revokes the grant.\n\n"+
		"~> Do not manage the same role of the same %[1]s with a `kusto_%[5]s_role` too: that resource owns the whole list, and each would undo the other's work.",
		kind.Noun, kind.Keyword, inheritedExample(kind), kind.ManagedBy, kind.Slug)
}

func inheritedExample(kind *kusto.Kind) string {
	if kind.InsideDatabase() {
		return ", or the admins of its database"
	}
	return ""
}
