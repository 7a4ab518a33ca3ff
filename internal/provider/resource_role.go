// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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
	r.own = r
	return r
}

func (r *roleResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.attributes(ctx)
	attributes["principals"] = schema.SetAttribute{
		Required: true, CustomType: principalSet, ElementType: types.StringType,
		Validators:          []validator.Set{setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of the principals that hold the role. All others are removed from it, except those in `ignore_principals`. An empty set removes everyone except `ignore_principals`. Supported forms: " + principalForms,
	}
	attributes["ignore_principals"] = schema.SetAttribute{
		Optional: true, CustomType: principalSet, ElementType: types.StringType,
		Validators: []validator.Set{setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of principals that this resource leaves alone: they are neither added nor removed nor shown in `members`. " +
			"Use it for principals whose role comes from a Fabric workspace or from sharing an item, which no command removes, and for those that other tools manage. " +
			"A principal cannot be in `principals` too.",
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

func (r *roleResource) create(ctx context.Context, client *kusto.Client, m *roleModel, diags *diag.Diagnostics) bool {
	r.setRole(ctx, client, m, diags)
	return !diags.HasError()
}

func (r *roleResource) update(ctx context.Context, client *kusto.Client, m, state *roleModel, diags *diag.Diagnostics) bool {
	if m.principals.Equal(state.principals) && m.ignored.Equal(state.ignored) {
		m.members = state.members // only configuration of the provider changed
		return true
	}
	return r.setRole(ctx, client, m, diags)
}

// setRole makes the planned principals the role's whole list. Members that the plan
// knows are as planned. If some changes failed, the model holds the members that the
// role has; it returns false if nothing is known of them.
func (r *roleResource) setRole(ctx context.Context, client *kusto.Client, m *roleModel, diags *diag.Diagnostics) (known bool) {
	names, _ := m.names()
	after, err := client.SetRole(ctx, kusto.RoleChange{
		Securable: m.securable(), Role: m.kustoRole(), Principals: m.commandFQNs(names), Ignored: m.ignoredFQNs(), AllowLockout: m.allowLockout.ValueBool(),
	})
	if err != nil {
		r.operation("change", m).addError(diags, err)
		if after.Matches == nil {
			return false
		}
		m.setMembers(heldMembers(names, after.Matches, after.Others))
		return true
	}
	planned := m.members.Elements()
	members := heldMembers(names, after.Matches, nil)
	for name, member := range planned {
		if !member.Equal(unknownMember) {
			members[name] = member
		}
	}
	m.setMembers(members)
	m.id = importID(m.identity())
	return true
}

func (r *roleResource) read(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, m *roleModel, _ *diag.Diagnostics) bool {
	names := m.memberNames()
	matches, unmanaged := m.match(ctx, client, list, names)
	m.setMembers(heldMembers(names, matches, unmanaged))
	m.id = importID(m.identity())
	return true
}

func (r *roleResource) delete(ctx context.Context, client *kusto.Client, state *roleModel, diags *diag.Diagnostics) {
	if err := client.ClearRole(ctx, state.securable(), state.kustoRole(), state.ignoredFQNs(), state.allowLockout.ValueBool()); err != nil {
		r.operation("empty", state).addError(diags, err)
	}
}

// planCreate plans a role that is not managed yet. Its current members that are not in
// principals are removed, which the plan of a new resource does not show, so a warning
// names them.
func (r *roleResource) planCreate(ctx context.Context, m *roleModel, diags *diag.Diagnostics) {
	names, namesKnown := m.names()
	m.planMembers(names, namesKnown, nil)
	if !namesKnown || !m.knowsIgnored() || !m.complete() || !r.session.canSignIn() || diags.HasError() {
		return
	}
	if r.warnOfRemoved(ctx, m, names, diags) {
		r.checkRemoved(ctx, m, names, diags)
	}
}

// planUpdate plans who is added and who is removed.
func (r *roleResource) planUpdate(ctx context.Context, m, state *roleModel, resp *resource.ModifyPlanResponse) {
	names, namesKnown := m.names()
	switch {
	case m.target != state.target: // another resource
		m.planMembers(names, namesKnown, nil)
		r.planDelete(ctx, state, &resp.Diagnostics)
		return
	case !namesKnown:
		m.planMembers(nil, false, nil)
		return
	}
	kept, unchanged := r.matchState(ctx, names, state)
	if r.stopsIgnoring(m, state) {
		r.warnOfRemoved(ctx, m, names, &resp.Diagnostics)
	}
	if unchanged {
		m.principals, m.members = state.principals, state.members
		return
	}
	m.planMembers(names, true, kept)
	if m.knowsIgnored() {
		r.checkRemoved(ctx, m, names, &resp.Diagnostics)
	}
}

func (r *roleResource) planDelete(ctx context.Context, state *roleModel, diags *diag.Diagnostics) {
	r.checkRemoved(ctx, state, nil, diags)
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
// spelling. Unchanged is true if each name is a member, and each member has a name or
// is another spelling of one that has.
func (r *roleResource) matchState(ctx context.Context, names []string, state *roleModel) (kept map[string]attr.Value, unchanged bool) {
	kept = make(map[string]attr.Value, len(names))
	members := state.members.Elements()
	left := make(map[string]bool, len(members))
	for name := range members {
		left[name] = true
	}
	keptFQNs := make(map[kusto.FQN]bool, len(names))
	keep := func(name, member string) {
		kept[name] = members[member]
		delete(left, member)
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
	for name := range left {
		if g := state.member(name); g != nil && keptFQNs[g.Principal] {
			delete(left, name)
		}
	}
	return kept, len(kept) == len(names) && len(left) == 0
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

// stopsIgnoring reports whether principals may lose the role because they are no longer
// ignored.
func (r *roleResource) stopsIgnoring(m, state *roleModel) bool {
	return !m.ignored.Equal(state.ignored) && len(state.ignored.Elements()) > 0 && m.knowsIgnored() && r.session.canSignIn()
}

// warnOfRemoved names the principals that lose the role although the plan's diff does not
// show it: those of a role that is not managed yet, and those that are no longer ignored.
// It returns false if Kusto did not list the principals.
func (r *roleResource) warnOfRemoved(ctx context.Context, m *roleModel, names []string, diags *diag.Diagnostics) (listed bool) {
	client := r.session.client(m.clusterURI, diags)
	if client == nil || !client.Conn().Reachable(ctx) { // the same apply may create the cluster
		return false
	}
	list, err := client.Principals(ctx, m.securable())
	if err != nil {
		r.operationOn(m.target, fmt.Sprintf("check who will lose the role %s on %s", m.role.ValueString(), m.securable())).addUnchecked(diags, err, checkedAtApply)
		return false
	}
	if _, removed := m.match(ctx, client, list, names); len(removed) > 0 {
		diags.AddAttributeWarning(r.principals, "Principals will lose the role "+m.role.ValueString(),
			fmt.Sprintf("They hold it on %s and are not in principals:\n\n%s", m.securable(), strings.Join(linesOf(removed), "\n")))
	}
	return true
}
