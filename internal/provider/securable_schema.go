package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// targetSchema are the attributes of a resource that say which role of which
// securable in which cluster.
func targetSchema(kind *kusto.Kind) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The import id of this resource.",
		},
		"cluster_uri": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{addressValidator{}},
			MarkdownDescription: "The cluster, where it is another than the provider's `cluster_uri`. May come from a cluster that is made in the same apply. Changing it makes another resource.",
		},
		kusto.Database.NameAttribute(): schema.StringAttribute{
			Required: true, Validators: []validator.String{identifierValidator{}},
			MarkdownDescription: databaseDescription(kind),
		},
		"role": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.OneOf(kind.RoleNames()...)},
			MarkdownDescription: "The role: " + orCodes(kind.RoleNames()) + ". Changing it makes another resource.",
		},
		"allow_lockout": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Allow a change after which the identity that runs Terraform, or everyone, is no longer an admin of the " + kind.Noun +
				". Such a change is refused otherwise. Matters for the role `admins` alone. To destroy, it must have been applied before. Defaults to `false`.",
		},
	}
	if kind.InsideDatabase() {
		attributes[kind.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{identifierValidator{}},
			MarkdownDescription: fmt.Sprintf("The %s, upper and lower case as it was created. Changing it makes another resource.", kind.Noun),
		}
	}
	return attributes
}

func databaseDescription(kind *kusto.Kind) string {
	description := "The database"
	if kind.InsideDatabase() {
		description += " that the " + kind.Noun + " is in"
	}
	return description + ". Its name has no case. Changing it makes another resource."
}

func joined(names []string) string { return strings.Join(names, ", ") }

func orCodes(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// identifierValidator refuses what cannot be the name of a database or entity.
type identifierValidator struct{}

func (identifierValidator) Description(context.Context) string {
	return fmt.Sprintf("a name of 1 to %d characters", kusto.MaxIdentifierLength)
}

func (v identifierValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (identifierValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Invalid name", kusto.CheckIdentifier)
}

// notesValidator refuses what no command can carry.
type notesValidator struct{}

func (notesValidator) Description(context.Context) string { return "any text" }

func (v notesValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notesValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Invalid notes", kusto.CheckNotes)
}

// principalValidator refuses what is not one well-formed principal.
type principalValidator struct{}

func (principalValidator) Description(context.Context) string {
	return "a principal's fully qualified name, such as aaduser=alice@contoso.com"
}

func (v principalValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (principalValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Invalid principal", func(s string) error {
		_, err := kusto.ParseFQN(s)
		if err != nil {
			return fmt.Errorf("%q is not a principal: %w", s, err)
		}
		return nil
	})
}

// addressValidator refuses an address that is no cluster's in any cloud. Which
// cloud is configured, a validator cannot see.
type addressValidator struct{}

func (addressValidator) Description(context.Context) string { return "the https address of a cluster" }

func (v addressValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (addressValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Invalid cluster address", func(s string) error {
		for _, cloud := range kusto.Clouds()[1:] {
			if _, err := kusto.ParseClusterURI(s, cloud); err == nil {
				return nil
			}
		}
		_, err := kusto.ParseClusterURI(s, kusto.PublicCloud)
		return err
	})
}

func check(req validator.StringRequest, resp *validator.StringResponse, summary string, valid func(string) error) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := valid(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, summary, sentence(err))
	}
}
