// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleResource is kusto_<type>_role: all principals of one role.
type roleResource struct{ crudResource[*roleModel] }

var (
	_ resource.ResourceWithConfigure      = (*roleResource)(nil)
	_ resource.ResourceWithValidateConfig = (*roleResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*roleResource)(nil)
	_ resource.ResourceWithImportState    = (*roleResource)(nil)
	_ resource.ResourceWithIdentity       = (*roleResource)(nil)
)

func newRoleResource(t *kusto.SecurableType) *roleResource {
	r := &roleResource{}
	r.securableResource = newSecurableResource(t, "kusto_"+t.Slug+"_role", path.Root("principals"))
	r.ownsRole = true
	r.ofOneRole(r)
	return r
}

func (r *roleResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.attributes(ctx)
	attributes["principals"] = schema.SetAttribute{
		Required: true, CustomType: principalSet, ElementType: types.StringType,
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of the principals that hold the role. All others are removed from it, except those in `ignore_principals`. An empty set removes everyone except `ignore_principals`. Each is written as " + principalForms,
	}
	attributes["ignore_principals"] = schema.SetAttribute{
		Optional: true, CustomType: principalSet, ElementType: types.StringType,
		Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of principals that this resource leaves alone: they are neither added nor removed nor shown in `members`. " +
			"Use it for principals whose role comes from a Fabric workspace or from sharing an item, which no command removes, and for those that other tools manage. " +
			"A principal cannot be in `" + r.principals.String() + "` too.",
	}
	attributes["notes"] = schema.MapAttribute{
		Optional: true, Computed: true, ElementType: types.StringType,
		Validators: []validator.Map{
			mapvalidator.KeysAre(principalString), mapvalidator.NoNullValues(), mapvalidator.ValueStringsAre(notesText),
		},
		MarkdownDescription: "Free-text notes stored with the grants, by the names in `" + r.principals.String() + "`. " + r.notesOfAll() + "Existing notes of principals that are left out are left unchanged.",
	}
	attributes["role"] = roleAttribute(r.securableType, stringplanmodifier.RequiresReplace())
	attributes["removed_principals"] = schema.ListAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The principals that a change removes from the role, by their resolved names. Empty after the next refresh. Nobody else is removed.",
	}
	attributes["members"] = schema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The principals that hold the role, by their names in `principals`. A member that is not in `principals` has its resolved name as key, and is removed by the next apply.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"resolved_fqn":           schema.StringAttribute{Computed: true, MarkdownDescription: "The principal as resolved by Kusto."},
			"principal_type":         schema.StringAttribute{Computed: true, MarkdownDescription: "Type of the principal. Possible values are " + codeList(kusto.PrincipalTypes()) + "."},
			"principal_display_name": schema.StringAttribute{Computed: true, MarkdownDescription: "Display name of the principal."},
			"principal_object_id":    schema.StringAttribute{Computed: true, MarkdownDescription: "Object ID of the principal in Microsoft Entra ID, if Kusto returns it."},
		}},
	}
	resp.Schema = schema.Schema{MarkdownDescription: r.description(), Attributes: attributes}
}

func (r *roleResource) description() string {
	return fmt.Sprintf("Manages all principals of one role of %[1]s. Missing principals are added and all others are removed. "+
		"The plan lists who is added and who is removed, including principals that were added outside of Terraform. Grants that do not change are not touched.\n\n"+
		"Inherited roles (such as `AllDatabasesAdmin`%[3]s) are not affected.\n\n"+
		"An apply removes only principals that its plan shows. A principal that is granted the role after that keeps it until the next plan.\n\n"+
		"The identity that runs Terraform needs the role %[4]s. Destroying the resource removes all `members` from the role. To stop managing the role and keep the grants, use a `removed` block with `lifecycle { destroy = false }`, as in [Refactoring](../guides/member-or-role.md#refactoring).\n\n"+prerequisites(r.securableType)+creators(r.securableType)+
		"~> For each role, use either one `kusto_%[5]s_role`, or only `kusto_%[5]s_principal` resources, which leave other principals unchanged. Of two that own a role, each removes what only the other one lists.",
		r.securableType.One(), r.securableType.Keyword, inheritedExample(r.securableType), r.securableType.ManagedBy, r.securableType.Slug)
}

// notesOfAll says for which roles notes count. Empty if there is one.
func (r *roleResource) notesOfAll() string {
	if len(r.parts) == 1 {
		return ""
	}
	return "A principal has the same notes in all its roles. "
}

// creators says who is an admin without a grant, as a paragraph. Empty for databases.
func creators(t *kusto.SecurableType) string {
	if !t.InsideDatabase() {
		return ""
	}
	return "Whoever creates the " + t.Noun + " is its direct admin. A list of `admins` without the creator removes the creator.\n\n"
}

// ValidateConfig refuses principals that are both wanted and ignored, and notes for nobody.
func (r *roleResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	ms, config := r.load(ctx, req.Config, &resp.Diagnostics)
	for i, m := range ms {
		for _, ignored := range m.ignoredFQNs() {
			if slices.ContainsFunc(fqnsIn(m.principals), ignored.Equal) {
				resp.Diagnostics.AddAttributeError(path.Root("ignore_principals"), "Conflicting principals",
					fmt.Sprintf("%s is in %s and in ignore_principals. Remove it from one of them.", ignored, r.parts[i].principals))
			}
		}
	}
	r.checkNotes(config, &resp.Diagnostics)
}

func (r *roleResource) create(ctx context.Context, client *kusto.Client, m *roleModel, drop kusto.DropOptions, diags *diag.Diagnostics) bool {
	return r.setRole(ctx, client, m, &roleModel{}, drop, diags)
}

func (r *roleResource) update(ctx context.Context, client *kusto.Client, m, state *roleModel, drop kusto.DropOptions, diags *diag.Diagnostics) bool {
	isReleased := r.session.declarations.isReleased(m.declarationKey(), r.held(state))
	if m.members.Equal(state.members) && m.removed.Equal(state.removed) && m.ignored.Equal(state.ignored) && m.notes.Equal(state.notes) && !isReleased {
		return true // only configuration of the provider changed
	}
	return r.setRole(ctx, client, m, state, drop, diags)
}

// setRole adds and removes whom the plan adds and removes. Members that the plan knows are
// as planned. If some changes failed, the model holds the members that the role has; it
// returns false if nothing is known of them.
func (r *roleResource) setRole(ctx context.Context, client *kusto.Client, m, state *roleModel, drop kusto.DropOptions, diags *diag.Diagnostics) (known bool) {
	names, _ := m.names()
	change := m.change(drop)
	change.Principals, change.Removed = m.commandFQNs(names), m.removals(state)
	asked := m.notesOf(names)
	for i, name := range names {
		if text, isNoted := asked[name]; isNoted {
			n := kusto.GrantNotes{Principal: change.Principals[i], Notes: text}
			if known, isKnown := m.stored[name]; isKnown && known.Asked == text {
				n.Stored = &known.Stored
			}
			change.Notes = append(change.Notes, n)
		}
	}
	after, err := client.SetRole(ctx, change)
	if m.removed.IsUnknown() { // a plan that could not list the principals removes nobody
		m.setRemoved(nil)
	}
	m.id = importID(m.identity())
	if err != nil {
		o := r.operation("change", m)
		o.done = done(after)
		o.addError(diags, err)
		if after.Matches == nil {
			return false
		}
		if state.id.IsNull() {
			after.Others = nil // a resource that failed is destroyed, with all its members
		}
		m.setMembers(heldMembers(names, after.Matches, after.Others))
		m.setNotes(names, after.Matches)
		return true
	}
	r.store(m.common(), asked, rowsByName(names, after.Matches), diags)
	r.warnOfOthers(m, after.Others, drop, diags)
	r.warnOfUncertain(m, after.Uncertain, diags)
	r.warnOfUnknown(m, after.Unknown, diags)
	planned := m.members.Elements()
	members := heldMembers(names, after.Matches, nil)
	for name, member := range planned {
		if !member.Equal(unknownMember) {
			members[name] = member
		}
	}
	m.setMembers(members)
	return true
}

// change is a change of the model's role that has nobody in it yet.
func (m *roleModel) change(drop kusto.DropOptions) kusto.RoleChange {
	return kusto.RoleChange{Securable: m.securable(), Role: m.kustoRole(), Ignored: m.ignoredFQNs(), DropOptions: drop}
}

// done says what a change did before it failed. Empty if that is nothing.
func done(after kusto.RoleMembers) string {
	var parts []string
	for _, c := range []struct {
		what       string
		principals []kusto.FQN
	}{{"Granted before the error:", after.Added}, {"Revoked before the error:", after.Dropped}} {
		if len(c.principals) > 0 {
			parts = append(parts, c.what+"\n\n"+listed(c.principals))
		}
	}
	return strings.Join(parts, "\n\n")
}

// warnOfOthers names the principals that hold the role although no resource declares them:
// the plan did not show them as removed, or Kusto did not revoke their role.
func (r *roleResource) warnOfOthers(m *roleModel, others []*kusto.Grant, drop kusto.DropOptions, diags *diag.Diagnostics) {
	if others = slices.DeleteFunc(others, drop.Keep); len(others) > 0 {
		diags.AddAttributeWarning(r.principals, "Other principals hold the role "+m.role.ValueString(), fmt.Sprintf(
			"They hold it on %s. The plan did not show them as removed, or no command revokes their role:\n\n%s\n\nThe next plan of a resource that manages the role shows them.",
			m.securable(), strings.Join(linesOf(others), "\n")))
	}
}

// warnOfUncertain names whom the plan shows as removed and the apply has not removed.
func (r *roleResource) warnOfUncertain(m *roleModel, uncertain []*kusto.Grant, diags *diag.Diagnostics) {
	if len(uncertain) > 0 {
		diags.AddAttributeWarning(r.principals, "Principals keep the role "+m.role.ValueString(), fmt.Sprintf(
			"The plan shows them as removed from %s. They were not removed, because Kusto did not say whether they are among principals, and each may be:\n\n%s\n\n"+
				"The next plan looks them up again. To identify a principal, write it as <object id>;<tenant id>.",
			m.securable(), strings.Join(linesOf(uncertain), "\n")))
	}
}

// warnOfUnknown names the members whose grants are those of before, because Microsoft Entra ID
// does not know them.
func (r *roleResource) warnOfUnknown(m *roleModel, unknown []*kusto.Grant, diags *diag.Diagnostics) {
	if len(unknown) > 0 {
		diags.AddAttributeWarning(r.principals, "Principal not found in Microsoft Entra ID", fmt.Sprintf(
			"These hold the role %s on %s, and their grants were left as they are:\n\n%s\n\n"+
				"If they were deleted, remove them from %s. If they were created again, write them with their new object IDs.",
			m.role.ValueString(), m.securable(), strings.Join(linesOf(unknown), "\n"), r.principals))
	}
}

func (r *roleResource) read(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, m *roleModel, diags *diag.Diagnostics) bool {
	names, isImport := m.memberNames(), m.members.IsNull()
	matches, unmanaged := m.match(ctx, client, list, names)
	r.warnOfAmbiguous(m, list, names, matches, unmanaged, diags)
	if isImport {
		m.importRows(list, unmanaged)
	} else {
		m.setMembers(heldMembers(names, matches, unmanaged))
		m.setNotes(names, matches)
		if len(m.removed.Elements()) > 0 { // a plan that removes the same ones again has to show it
			m.setRemoved(nil)
		}
	}
	m.id = importID(m.identity())
	return true
}

// warnOfAmbiguous names the rows that may be members which no row identifies, if there are
// more of them: one is a stranger's, and is not removed as long as it may be a member's.
func (r *roleResource) warnOfAmbiguous(m *roleModel, list *kusto.PrincipalList, names []string, matches []kusto.Match, unmanaged []*kusto.Grant, diags *diag.Diagnostics) {
	var ambiguous []string
	isOther := make(map[*kusto.Grant]bool)
	for i, match := range matches {
		isOther[match.Grant] = true
		if match.Ambiguous {
			ambiguous = append(ambiguous, "  - "+names[i])
		}
	}
	for _, g := range unmanaged {
		isOther[g] = true
	}
	ignored := m.ignoredFQNs()
	rows := slices.DeleteFunc(slices.Clone(list.Direct(m.kustoRole())), func(g *kusto.Grant) bool {
		return isOther[g] || slices.ContainsFunc(ignored, g.Is)
	})
	if len(ambiguous) > 0 && len(rows) > len(ambiguous) {
		diags.AddAttributeWarning(r.principals, "Ambiguous principal", fmt.Sprintf(
			"No row of Kusto's list identifies these principals:\n\n%s\n\nThese hold the role %s on %s, and %d of them must be somebody else. They are not removed, because each may be one of the principals:\n\n%s\n\n"+
				"To identify a principal, write it as <object id>;<tenant id>.",
			strings.Join(ambiguous, "\n"), m.role.ValueString(), m.securable(), len(rows)-len(ambiguous), strings.Join(linesOf(rows), "\n")))
	}
}

func (r *roleResource) delete(ctx context.Context, client *kusto.Client, state *roleModel, drop kusto.DropOptions, diags *diag.Diagnostics) {
	change := state.change(drop)
	change.Removed = state.heldFQNs()
	after, err := client.ClearRole(ctx, change)
	if errors.Is(err, kusto.ErrStillHeld) {
		err = nil // no command revokes it: the warning has to do
	}
	if err != nil {
		o := r.operation("empty", state)
		o.done = done(after)
		o.addError(diags, err)
		return
	}
	r.warnOfOthers(state, after.Others, drop, diags)
}

func (r *roleResource) model(object types.Object) *roleModel {
	return readRoleModel(r.securableType, object)
}

func (r *roleResource) operation(verb string, m *roleModel) operation {
	o := r.operationOn(m.target, fmt.Sprintf("%s the %s of %s", verb, m.role.ValueString(), m.securable()))
	o.writes = verb != "read"
	return o
}
