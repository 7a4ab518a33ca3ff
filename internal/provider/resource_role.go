// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	r.ownsRole, r.own = true, r
	return r
}

func (r *roleResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.attributes(ctx)
	attributes["principals"] = schema.SetAttribute{
		Required: true, CustomType: principalSet, ElementType: types.StringType,
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of the principals that hold the role. All others are removed from it, except those in `ignore_principals`. An empty set removes everyone except `ignore_principals`. Supported forms: " + principalForms,
	}
	attributes["ignore_principals"] = schema.SetAttribute{
		Optional: true, CustomType: principalSet, ElementType: types.StringType,
		Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of principals that this resource leaves alone: they are neither added nor removed nor shown in `members`. " +
			"Use it for principals whose role comes from a Fabric workspace or from sharing an item, which no command removes, and for those that other tools manage. " +
			"A principal cannot be in `principals` too.",
	}
	attributes["role"] = roleAttribute(r.securableType, stringplanmodifier.RequiresReplace())
	attributes["removed_principals"] = schema.ListAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The principals that the last change removed from the role, by their resolved names. The plan of a change shows whom it removes. Nobody else is removed.",
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
		"The identity that runs Terraform needs the role %[4]s. Destroying the resource removes everyone from the role. To stop managing the role and keep the grants, use a `removed` block with `lifecycle { destroy = false }`, as in [Refactoring without losing access](../guides/refactoring.md).\n\n"+prerequisites(r.securableType)+creators(r.securableType)+
		"~> Two resources that manage the same role undo each other's changes. Use one `kusto_%[5]s_role` for a role without any `kusto_%[5]s_principal`, "+
		"or use only `kusto_%[5]s_principal` resources, which leave other principals unchanged.\n\n"+
		"-> This resource does not manage notes. Use `kusto_%[5]s_principal` for grants with notes.",
		r.securableType.One(), r.securableType.Keyword, inheritedExample(r.securableType), r.securableType.ManagedBy, r.securableType.Slug)
}

// creators says who is an admin without a grant, as a paragraph. Empty for databases.
func creators(t *kusto.SecurableType) string {
	if !t.InsideDatabase() {
		return ""
	}
	return "Whoever creates the " + t.Noun + " is its direct admin. A list of `admins` without the creator removes the creator.\n\n"
}

// ValidateConfig refuses principals that are both wanted and ignored.
func (r *roleResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	m, _ := r.load(ctx, req.Config, &resp.Diagnostics)
	for _, ignored := range m.ignoredFQNs() {
		if slices.ContainsFunc(fqnsIn(m.principals), ignored.Equal) {
			resp.Diagnostics.AddAttributeError(path.Root("ignore_principals"), "Conflicting principals",
				fmt.Sprintf("%s is in principals and in ignore_principals. Remove it from one of them.", ignored))
		}
	}
}

func (r *roleResource) create(ctx context.Context, client *kusto.Client, m *roleModel, keep func(*kusto.Grant) bool, diags *diag.Diagnostics) bool {
	return r.setRole(ctx, client, m, true, keep, diags)
}

func (r *roleResource) update(ctx context.Context, client *kusto.Client, m, state *roleModel, keep func(*kusto.Grant) bool, diags *diag.Diagnostics) bool {
	if m.members.Equal(state.members) && m.removed.Equal(state.removed) && m.ignored.Equal(state.ignored) {
		return true // only configuration of the provider changed
	}
	return r.setRole(ctx, client, m, false, keep, diags)
}

// setRole adds and removes whom the plan adds and removes. Members that the plan knows are
// as planned. If some changes failed, the model holds the members that the role has; it
// returns false if nothing is known of them.
func (r *roleResource) setRole(ctx context.Context, client *kusto.Client, m *roleModel, isNew bool, keep func(*kusto.Grant) bool, diags *diag.Diagnostics) (known bool) {
	names, _ := m.names()
	change := m.change(keep)
	change.Principals, change.Removed = m.commandFQNs(names), m.removedFQNs()
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
		if isNew {
			after.Others = nil // a resource that failed is destroyed, with all its members
		}
		m.setMembers(heldMembers(names, after.Matches, after.Others))
		return true
	}
	r.warnOfOthers(m, after.Others, diags)
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
func (m *roleModel) change(keep func(*kusto.Grant) bool) kusto.RoleChange {
	return kusto.RoleChange{
		Securable: m.securable(), Role: m.kustoRole(), Ignored: m.ignoredFQNs(),
		DropOptions: kusto.DropOptions{AllowLockout: m.allowLockout.ValueBool(), Keep: keep},
	}
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

// warnOfOthers names the principals that hold the role although the configuration does not
// list them: the plan did not show them as removed, or another resource declares them.
func (r *roleResource) warnOfOthers(m *roleModel, others []*kusto.Grant, diags *diag.Diagnostics) {
	if len(others) > 0 {
		diags.AddAttributeWarning(r.principals, "Other principals hold the role "+m.role.ValueString(), fmt.Sprintf(
			"They hold it on %s, and the plan did not show them as removed, or another resource declares them. They were not removed:\n\n%s\n\nThe next plan shows them.",
			m.securable(), strings.Join(linesOf(others), "\n")))
	}
}

func (r *roleResource) read(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, m *roleModel, _ *diag.Diagnostics) bool {
	names := m.memberNames()
	matches, unmanaged := m.match(ctx, client, list, names)
	m.setMembers(heldMembers(names, matches, unmanaged))
	m.id = importID(m.identity())
	return true
}

func (r *roleResource) delete(ctx context.Context, client *kusto.Client, state *roleModel, keep func(*kusto.Grant) bool, diags *diag.Diagnostics) {
	change := state.change(keep)
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
	r.warnOfOthers(state, after.Others, diags)
}

// planCreate plans a role that is not managed yet. Its current members that are not in
// principals are removed.
func (r *roleResource) planCreate(ctx context.Context, m *roleModel, diags *diag.Diagnostics) {
	names, namesKnown := m.names()
	m.planMembers(names, namesKnown, nil)
	m.removed = types.ListUnknown(types.StringType)
	if !namesKnown || !m.knowsIgnored() || !m.complete() || !r.session.canSignIn() || diags.HasError() {
		return
	}
	client := r.session.client(m.clusterURI, diags)
	if client == nil || !client.Conn().Reachable(ctx) { // the same apply may create the cluster
		return
	}
	list, err := client.InitialPrincipals(ctx, m.securable())
	if err != nil {
		r.removalCheck(m).addUnchecked(diags, err, checkedAtApply)
		return
	}
	r.planRemoved(m, nil, list.Others(m.kustoRole(), append(m.commandFQNs(names), m.ignoredFQNs()...)))
	_, removed := m.match(ctx, client, list, names)
	r.warnOfRemoved(m, removed, diags)
	r.checkRemoved(ctx, m, names, diags)
}

// removalCheck is the check of who loses the role.
func (r *roleResource) removalCheck(m *roleModel) operation {
	return r.operationOn(m.target, fmt.Sprintf("check who will lose the role %s on %s", m.role.ValueString(), m.securable()))
}

// planRemoved plans whom the change removes: members of the state, and others. Whoever turns
// out to be one of principals is not removed. The plan in the process of the apply must find
// the same ones, whatever has been done by then, so it asks nobody who they are.
func (r *roleResource) planRemoved(m *roleModel, members []string, others []*kusto.Grant) {
	for _, g := range others {
		members = append(members, normalizedFQN(g.Principal))
	}
	m.setRemoved(members)
}

// warnOfRemoved names whom a change removes although no member of the state shows them.
func (r *roleResource) warnOfRemoved(m *roleModel, others []*kusto.Grant, diags *diag.Diagnostics) {
	if len(others) > 0 {
		diags.AddAttributeWarning(r.principals, "Principals will lose the role "+m.role.ValueString(), fmt.Sprintf(
			"They hold it on %s and are not in principals:\n\n%s", m.securable(), strings.Join(linesOf(others), "\n")))
	}
}

// planUpdate plans who is added and who is removed.
func (r *roleResource) planUpdate(ctx context.Context, _, m, state *roleModel, resp *resource.ModifyPlanResponse) {
	names, namesKnown := m.names()
	switch {
	case m.target != state.target: // another resource
		m.planMembers(names, namesKnown, nil)
		m.removed = types.ListUnknown(types.StringType)
		r.planDelete(ctx, state, &resp.Diagnostics)
		return
	case !namesKnown:
		m.planMembers(nil, false, nil)
		m.removed = types.ListUnknown(types.StringType)
		return
	}
	kept, left := r.matchState(ctx, names, state)
	unignored := r.unignored(ctx, m, state, names, &resp.Diagnostics)
	if len(kept) == len(names) && len(left)+len(unignored) == 0 {
		m.principals, m.members, m.removed = state.principals, state.members, state.removed
		return
	}
	m.planMembers(names, true, kept)
	var removed []string
	for _, name := range left {
		if g := state.member(name); g != nil {
			name = normalizedFQN(g.Principal)
		}
		removed = append(removed, name)
	}
	r.planRemoved(m, removed, unignored)
	r.warnOfRemoved(m, unignored, &resp.Diagnostics)
	if m.knowsIgnored() {
		r.checkRemoved(ctx, m, names, &resp.Diagnostics)
	}
}

// unignored are the grants that are removed because they are no longer ignored.
func (r *roleResource) unignored(ctx context.Context, m, state *roleModel, names []string, diags *diag.Diagnostics) []*kusto.Grant {
	if m.ignored.Equal(state.ignored) || len(state.ignored.Elements()) == 0 || !m.knowsIgnored() || !r.session.canSignIn() {
		return nil
	}
	client := r.session.client(m.clusterURI, diags)
	if client == nil {
		return nil
	}
	list, err := client.InitialPrincipals(ctx, m.securable())
	if err != nil {
		r.removalCheck(m).addUnchecked(diags, err, checkedAtApply)
		return nil
	}
	neverIgnored := list.Others(m.kustoRole(), state.ignoredFQNs())
	others := list.Others(m.kustoRole(), append(m.commandFQNs(names), m.ignoredFQNs()...))
	return slices.DeleteFunc(others, func(g *kusto.Grant) bool { return slices.Contains(neverIgnored, g) })
}

func (r *roleResource) planDelete(ctx context.Context, state *roleModel, diags *diag.Diagnostics) {
	r.checkLockout(ctx, state.common(), r.operation("empty", state), func(client *kusto.Client, list *kusto.PrincipalList) (revoked []*kusto.Grant, granted []kusto.FQN) {
		for _, match := range client.Resolve(ctx, list, state.kustoRole(), state.heldFQNs(), false) {
			if match.Grant != nil {
				revoked = append(revoked, match.Grant)
			}
		}
		return revoked, nil
	}, diags)
}

// checkRemoved refuses to remove all principals but the named and the ignored ones, if
// that locks someone out.
func (r *roleResource) checkRemoved(ctx context.Context, m *roleModel, names []string, diags *diag.Diagnostics) {
	r.checkLockout(ctx, m.common(), r.operation("change", m), func(client *kusto.Client, list *kusto.PrincipalList) (revoked []*kusto.Grant, granted []kusto.FQN) {
		_, revoked = m.match(ctx, client, list, names)
		return revoked, m.commandFQNs(names)
	}, diags)
}

func (r *roleResource) declared(m, _ *roleModel) (grantPlan, bool) {
	names, namesKnown := m.names()
	plan := grantPlan{wholeRole: true}
	for _, f := range m.ignoredFQNs() {
		plan.ignored = append(plan.ignored, &plannedGrant{name: f})
	}
	for _, name := range names {
		f, err := kusto.ParseFQN(name)
		if err == nil {
			plan.owned = append(plan.owned, &plannedGrant{name: f, row: m.member(name)})
		}
	}
	return plan, namesKnown && m.knowsIgnored()
}

func (r *roleResource) held(state *roleModel) []*plannedGrant {
	var grants []*plannedGrant
	for _, name := range state.memberNames() {
		if f, err := kusto.ParseFQN(name); err == nil {
			grants = append(grants, &plannedGrant{name: f, row: state.member(name)})
		}
	}
	return grants
}

func (r *roleResource) released(m, state *roleModel) []*plannedGrant {
	if m.removed.IsUnknown() || m.removed.Equal(state.removed) {
		return nil
	}
	removed := m.removedFQNs()
	return slices.DeleteFunc(r.held(state), func(g *plannedGrant) bool {
		return !slices.ContainsFunc(removed, g.asGrant().Is)
	})
}

// regrant makes the attributes of members unknown.
func (r *roleResource) regrant(m *roleModel, released []kusto.FQN) {
	members := maps.Clone(m.members.Elements())
	for name := range members {
		if f, err := kusto.ParseFQN(name); err == nil && slices.ContainsFunc(released, f.Equal) {
			members[name] = unknownMember
		}
	}
	if m.members.IsUnknown() {
		return
	}
	m.members = types.MapValueMust(memberType, members)
}

func (r *roleResource) newNames(m, state *roleModel) []kusto.FQN {
	names, _ := m.names()
	var added []kusto.FQN
	for _, name := range names {
		if f, err := kusto.ParseFQN(name); err == nil && state.member(name) == nil {
			added = append(added, f)
		}
	}
	return added
}

// linesOf lists grants for a warning.
func linesOf(grants []*kusto.Grant) []string {
	var lines []string
	for i, g := range grants {
		if i == maxListed {
			return append(lines, fmt.Sprintf("  and %d more", len(grants)-i))
		}
		lines = append(lines, fmt.Sprintf("  - %s, %s", g.DisplayName, g.Principal))
	}
	return lines
}

// planMembers plans a member for each name: as in the state if it is kept, or with
// unknown attributes. If nobody is kept, the whole map is unknown.
func (m *roleModel) planMembers(names []string, namesKnown bool, kept map[string]attr.Value) {
	if !namesKnown || len(names) > 0 && len(kept) == 0 {
		m.members = types.MapUnknown(memberType)
		return
	}
	members := make(map[string]attr.Value, len(names))
	for _, name := range names {
		members[name] = unknownMember
		if object, ok := kept[name]; ok {
			members[name] = object
		}
	}
	m.members = types.MapValueMust(memberType, members)
}

// matchState finds the members of the state that the names stand for, in whatever
// spelling, and those that are left: that no name stands for.
func (r *roleResource) matchState(ctx context.Context, names []string, state *roleModel) (kept map[string]attr.Value, left []string) {
	kept = make(map[string]attr.Value, len(names))
	members := state.members.Elements()
	isKept := make(map[string]bool, len(members))
	keptFQNs := make(map[kusto.FQN]bool, len(names))
	keep := func(name, member string) {
		kept[name], isKept[member] = members[member], true
		if g := state.member(member); g != nil {
			keptFQNs[g.Principal] = true
		}
	}
	var others []string
	for _, name := range names {
		if _, ok := members[name]; ok {
			keep(name, name)
			continue
		}
		others = append(others, name)
	}
	for name, member := range r.respelled(ctx, others, state) {
		keep(name, member)
	}
	for _, name := range state.memberNames() {
		if g := state.member(name); !isKept[name] && (g == nil || !keptFQNs[g.Principal]) {
			left = append(left, name)
		}
	}
	return kept, left
}

// respelled finds the members of the state that names are other spellings of.
func (r *roleResource) respelled(ctx context.Context, names []string, state *roleModel) map[string]string {
	found := make(map[string]string)
	if len(names) == 0 || !r.session.canSignIn() {
		return found
	}
	var ignored diag.Diagnostics // the URI was valid when the state was written
	client := r.session.client(state.clusterURI, &ignored)
	if client == nil {
		return found
	}
	var grants []kusto.Grant
	memberOf := make(map[string]string)
	for name := range state.members.Elements() {
		if g := state.member(name); g != nil {
			grants = append(grants, *g)
			memberOf[g.Principal.String()] = name
		}
	}
	list := kusto.NewPrincipalList(state.securable(), grants)
	for i, match := range client.Resolve(ctx, list, state.kustoRole(), state.commandFQNs(names), false) {
		if match.Grant != nil {
			found[names[i]] = memberOf[match.Grant.Principal.String()]
		}
	}
	return found
}

func (r *roleResource) model(object types.Object) *roleModel {
	return readRoleModel(r.securableType, object)
}

func (r *roleResource) operation(verb string, m *roleModel) operation {
	return r.operationOn(m.target, fmt.Sprintf("%s the %s of %s", verb, m.role.ValueString(), m.securable()))
}
