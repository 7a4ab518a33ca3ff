// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// checkedString is a validator made of a function.
type checkedString struct {
	description, invalid string
	check                func(string) error
}

var (
	entityName      = checkedString{"a name of 1 to 1,024 characters", "Invalid name", kusto.CheckIdentifier}
	notesText       = checkedString{"text without NUL characters", "Invalid notes", kusto.CheckNotes}
	clusterURI      = checkedString{"the https URI of a cluster", "Invalid cluster URI", checkClusterURI}
	principalString = checkedString{"the FQN of a principal, such as aaduser=alice@contoso.com", "Invalid principal", checkPrincipal}
)

func (c checkedString) Description(context.Context) string         { return c.description }
func (c checkedString) MarkdownDescription(context.Context) string { return c.description }

func (c checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := c.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, c.invalid, sentence(err))
	}
}

// roleName accepts the roles of a type of securable.
func roleName(t *kusto.SecurableType) checkedString {
	return checkedString{"one of " + codeList(t.RoleNames()), "Invalid role", func(role string) error {
		if t.Has(kusto.Role(role)) {
			return nil
		}
		meant := azureRole(role)
		if ofAllDatabases := "alldatabases" + meant; t.Has(kusto.Role(ofAllDatabases)) {
			meant = ofAllDatabases
		}
		return notOneOf(fmt.Sprintf("%s has no role %q", t.One(), role), meant, t.RoleNames())
	}}
}

// notOneOf says what is wrong with a value, which values there are, and which one may be meant.
func notOneOf(wrong, meant string, values []string) error {
	text := wrong + ". The value must be one of " + strings.Join(values, ", ")
	if !slices.Contains(values, meant) {
		meant = nearest(meant, values)
	}
	if meant != "" {
		text += ". " + didYouMean(meant)
	}
	return errors.New(text)
}

// entityKind accepts the kinds of entities.
func entityKind(kinds []string) checkedString {
	return checkedString{"one of " + codeList(kinds), "Invalid kind", func(kind string) error {
		if slices.Contains(kinds, kind) {
			return nil
		}
		return notOneOf(fmt.Sprintf("%q is not a kind of entity", kind), strings.ReplaceAll(kusto.FoldName(kind), " ", "_"), kinds)
	}}
}

// azureRole is a role as commands write it for what Azure Resource Manager and Kusto's answers
// call it: "Viewer", "AllDatabasesViewer", "Database Viewer".
func azureRole(role string) string {
	role = kusto.FoldName(strings.TrimSpace(role))
	for _, prefix := range []string{"alldatabases", "database", "table"} {
		role = strings.TrimSpace(strings.TrimPrefix(role, prefix))
	}
	return roleFromAzurerm(strings.ReplaceAll(role, " ", ""))
}

// keepSpelling keeps the spelling of the state for a value of a spelledType that
// means the same.
type keepSpelling struct{ of spelledType }

func (keepSpelling) Description(context.Context) string {
	return "Keeps the spelling of the state if the value means the same."
}

func (k keepSpelling) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

func (k keepSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if known(req.PlanValue) && known(req.StateValue) && k.of.rules.equal(req.PlanValue.ValueString(), req.StateValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

func known(v basetypes.StringValue) bool { return !v.IsNull() && !v.IsUnknown() }

// replaceUnlessSame are the plan modifiers of an attribute of a spelledType whose
// change forces a new resource.
func replaceUnlessSame(t spelledType) []planmodifier.String {
	return []planmodifier.String{keepSpelling{t}, stringplanmodifier.RequiresReplace()}
}

// keepState are the plan modifiers of a computed attribute that changes only with
// the resource.
func keepState() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
}
