package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

func roleSchema(ctx context.Context, kind *kusto.Kind) schema.Schema {
	attributes := targetSchema(kind)
	attributes["principals"] = schema.SetAttribute{
		Required: true, ElementType: types.StringType,
		Validators:          []validator.Set{setvalidator.ValueStringsAre(principalValidator{})},
		MarkdownDescription: "The principals that hold the role; all others lose it. An empty set takes it from everyone. Each in any form that Kusto reads: " + principalForms,
	}
	attributes["members"] = schema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Who holds the role, by the principal as it is written in `principals`. A member that is not written there stands under its resolved name, and leaves with the next apply.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"resolved_fqn":           schema.StringAttribute{Computed: true, MarkdownDescription: "The principal as Kusto resolved it."},
			"principal_type":         schema.StringAttribute{Computed: true, MarkdownDescription: "What the principal is: " + orCodes(kusto.PrincipalTypes()) + "."},
			"principal_display_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The name that Kusto shows for the principal."},
			"principal_object_id":    schema.StringAttribute{Computed: true, MarkdownDescription: "The principal's object id in Microsoft Entra ID, where Kusto tells it."},
		}},
	}
	attributes["timeouts"] = timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: timeoutDescription("15m", "Also how long a principal that Microsoft Entra ID does not show yet is waited for."),
		ReadDescription:   timeoutDescription("5m", ""),
		UpdateDescription: timeoutDescription("15m", "Also how long a principal that Microsoft Entra ID does not show yet is waited for."),
		DeleteDescription: timeoutDescription("15m", ""),
	})
	return schema.Schema{MarkdownDescription: roleResourceDescription(kind), Attributes: attributes}
}

func roleResourceDescription(kind *kusto.Kind) string {
	return fmt.Sprintf("Owns the whole list of one role of a %[1]s: the principals written here hold it, and no others (`.set %[2]s`). "+
		"The plan shows by name who comes and who leaves, strangers that were added by other means included.\n\n"+
		"Rows that the %[1]s inherits from elsewhere (such as `AllDatabasesAdmin`%[3]s) are not touched.\n\n"+
		"To manage it, the identity that runs Terraform needs the role %[4]s. Destroying it takes the role from everyone (`.set … none`).\n\n"+
		"~> Two resources that manage the same role undo each other's work. Have one `kusto_%[5]s_role` for a role, and no `kusto_%[5]s_principal` beside it; "+
		"or have only `kusto_%[5]s_principal`s, which leave alone what they do not name.\n\n"+
		"-> Notes are not managed here: `.set` carries one text for all, and whether the service keeps the notes of those who stay is not documented. "+
		"Use `kusto_%[5]s_principal` where they matter.",
		kind.Noun, kind.Keyword, inheritedExample(kind), kind.ManagedBy, kind.Slug)
}
