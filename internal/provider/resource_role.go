// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
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
type roleResource struct{ securableResource }

var (
	_ resource.ResourceWithConfigure      = (*roleResource)(nil)
	_ resource.ResourceWithValidateConfig = (*roleResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*roleResource)(nil)
	_ resource.ResourceWithImportState    = (*roleResource)(nil)
	_ resource.ResourceWithIdentity       = (*roleResource)(nil)
)

func newRoleResource(t *kusto.SecurableType) *roleResource {
	return &roleResource{newSecurableResource(t, "kusto_"+t.Slug+"_role")}
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
	m, _ := r.read(ctx, req.Config, &resp.Diagnostics)
	for _, ignored := range m.ignoredFQNs() {
		if slices.ContainsFunc(fqnsIn(m.principals), ignored.Equal) {
			resp.Diagnostics.AddAttributeError(path.Root("ignore_principals"), "Contradicting principals",
				fmt.Sprintf("%s is in principals and in ignore_principals. Remove it from one of them.", ignored))
		}
	}
}

func (r *roleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Create, writeTimeout, &resp.Diagnostics)
	defer cancel()
	r.setRole(ctx, &m, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

func (r *roleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	prior, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Update, writeTimeout, &resp.Diagnostics)
	defer cancel()
	changed := true
	if m.principals.Equal(prior.principals) && m.ignored.Equal(prior.ignored) {
		m.members = prior.members // only configuration of the provider changed
	} else {
		changed = r.setRole(ctx, &m, &resp.Diagnostics)
	}
	forgetInstance(ctx, resp.Private, &resp.Diagnostics)
	if changed {
		save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// setRole makes the planned principals the role's whole list. Members that the plan
// knows stay as planned. If some changes failed, the model holds the members that the
// role has; it returns false if nothing is known of them.
func (r *roleResource) setRole(ctx context.Context, m *roleModel, diags *diag.Diagnostics) (known bool) {
	client := r.client(m.clusterURI, diags)
	if client == nil {
		return false
	}
	names, _ := m.names()
	after, err := client.SetRole(ctx, kusto.RoleChange{
		Securable: m.securable(), Role: m.kustoRole(), Principals: m.resolved(names), Ignored: m.ignoredFQNs(), AllowLockout: m.allowLockout.ValueBool(),
	})
	if err != nil {
		r.operation("change", *m).addError(diags, err)
		if after.Resolved == nil {
			return false
		}
		m.setMembers(heldMembers(names, after.Resolved, after.Others))
		return true
	}
	planned := m.members.Elements()
	members := heldMembers(names, after.Resolved, nil)
	for name, member := range planned {
		if !member.Equal(unknownMember) {
			members[name] = member
		}
	}
	m.setMembers(members)
	m.id = importID(m.identity())
	return true
}

func (r *roleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	m, state := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	client := r.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	list, err := client.Principals(ctx, m.securable())
	if isNotFound(err) {
		remove(ctx, m, resp)
		return
	}
	if err != nil {
		r.operation("read", m).addError(&resp.Diagnostics, err)
		return
	}
	names := m.memberNames()
	resolved := client.Resolve(ctx, list, m.kustoRole(), m.resolved(names), false)
	m.setMembers(heldMembers(names, resolved, client.Unmanaged(ctx, list, m.kustoRole(), resolved, m.ignoredFQNs())))
	m.id = importID(m.identity())
	if m.allowLockout.IsNull() {
		m.allowLockout = types.BoolValue(false) // the default, after an import
	}
	refresh(ctx, m, state, resp)
}

func (r *roleResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	m, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Delete, writeTimeout, &resp.Diagnostics)
	defer cancel()
	client := r.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	if err := client.ClearRole(ctx, m.securable(), m.kustoRole(), m.ignoredFQNs(), m.allowLockout.ValueBool()); err != nil {
		r.operation("empty", m).addError(&resp.Diagnostics, err)
	}
}

// ModifyPlan plans who is added and who is removed, and refuses lockouts.
func (r *roleResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state, _ := r.read(ctx, req.State, &resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		ctx, cancel := withTimeout(ctx, timeoutsOf(state.timeouts).Read, readTimeout, &resp.Diagnostics)
		defer cancel()
		r.checkLockout(ctx, state, nil, resp)
		return
	}
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	config, _ := r.read(ctx, req.Config, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		r.planCluster(config.clusterURI, &m.target, nil, resp)
		r.planNew(ctx, &m, resp)
	} else {
		r.planCluster(config.clusterURI, &m.target, &state.target, resp)
		r.planChange(ctx, &m, state, resp)
	}
	r.planGrants(planInstance(ctx, req, resp), m, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	object, diags := m.object(ctx, plan)
	resp.Diagnostics.Append(diags...)
	if !object.Equal(plan) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, object)...)
	}
}

// planNew plans a role that is not managed yet. Its current members that are not in
// principals are removed, which the plan of a new resource does not show, so a warning
// names them.
func (r *roleResource) planNew(ctx context.Context, m *roleModel, resp *resource.ModifyPlanResponse) {
	names, namesKnown := m.names()
	m.planMembers(names, namesKnown, nil)
	if !namesKnown || !m.knowsIgnored() || !m.known() || !r.session.usable() || resp.Diagnostics.HasError() {
		return
	}
	if r.warnOfLeaving(ctx, *m, names, resp) {
		r.checkLockout(ctx, *m, names, resp)
	}
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

func (r *roleResource) planChange(ctx context.Context, m *roleModel, state roleModel, resp *resource.ModifyPlanResponse) {
	names, namesKnown := m.names()
	switch {
	case m.target != state.target: // another resource
		m.planMembers(names, namesKnown, nil)
		r.checkLockout(ctx, state, nil, resp)
		return
	case !namesKnown:
		m.planMembers(nil, false, nil)
		return
	}
	staying, unchanged := r.matchState(ctx, names, state)
	if r.stopsIgnoring(*m, state) {
		r.warnOfLeaving(ctx, *m, names, resp)
	}
	if unchanged {
		m.principals, m.members = state.principals, state.members
		return
	}
	m.planMembers(names, true, staying)
	r.checkLockout(ctx, *m, names, resp)
}

// planMembers plans a member for each name: as in the state if it stays, or with
// unknown attributes. If nobody stays, the whole map is unknown.
func (m *roleModel) planMembers(names []string, namesKnown bool, staying map[string]attr.Value) {
	if !namesKnown || len(names) > 0 && len(staying) == 0 {
		m.members = types.MapUnknown(memberType)
		return
	}
	members := make(map[string]attr.Value, len(names))
	for _, name := range names {
		members[name] = unknownMember
		if object, ok := staying[name]; ok {
			members[name] = object
		}
	}
	m.members = types.MapValueMust(memberType, members)
}

// matchState finds the members of the state that the names stand for, in whatever
// spelling. Unchanged is true if each name is a member, and each member has a name or
// is another spelling of one that has.
func (r *roleResource) matchState(ctx context.Context, names []string, state roleModel) (staying map[string]attr.Value, unchanged bool) {
	staying = make(map[string]attr.Value, len(names))
	members := state.members.Elements()
	left := make(map[string]bool, len(members))
	for name := range members {
		left[name] = true
	}
	stays := make(map[kusto.FQN]bool, len(names))
	stay := func(name, member string) {
		staying[name] = members[member]
		delete(left, member)
		if g := state.member(member); g != nil {
			stays[g.Principal] = true
		}
	}
	var others []string
	for _, name := range names {
		if _, ok := members[name]; ok {
			stay(name, name)
			continue
		}
		others = append(others, name)
	}
	for name, member := range r.respelled(ctx, others, state) {
		stay(name, member)
	}
	for name := range left {
		if g := state.member(name); g != nil && stays[g.Principal] {
			delete(left, name)
		}
	}
	return staying, len(staying) == len(names) && len(left) == 0
}

// respelled finds the members of the state that names are other spellings of.
func (r *roleResource) respelled(ctx context.Context, names []string, state roleModel) map[string]string {
	found := make(map[string]string)
	if len(names) == 0 || !r.session.usable() {
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
	for i, resolved := range client.Resolve(ctx, list, state.kustoRole(), state.resolved(names), false) {
		if resolved.Grant != nil {
			found[names[i]] = memberOf[resolved.Grant.Principal.String()]
		}
	}
	return found
}

// checkLockout refuses to plan a list that locks someone out. It warns of an error of
// another kind; the apply checks again.
func (r *roleResource) checkLockout(ctx context.Context, m roleModel, names []string, resp *resource.ModifyPlanResponse) {
	if resp.Diagnostics.HasError() || m.kustoRole() != kusto.Admins || m.allowLockout.ValueBool() || !r.session.usable() || !m.known() || !m.knowsIgnored() {
		return
	}
	client := r.session.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	list, err := client.Principals(ctx, m.securable())
	if err == nil {
		principals := m.resolved(names)
		resolved := client.Resolve(ctx, list, kusto.Admins, principals, false)
		err = client.CheckLockout(ctx, list, kusto.Admins, client.Unmanaged(ctx, list, kusto.Admins, resolved, m.ignoredFQNs()), principals)
	}
	switch {
	case errors.Is(err, kusto.ErrLockout):
		r.operation("change", m).addError(&resp.Diagnostics, err)
	case err != nil:
		r.lockoutCheck(m.target).addUnchecked(&resp.Diagnostics, err, checkedAtApply)
	}
}

func (r *roleResource) read(ctx context.Context, from getter, diags *diag.Diagnostics) (roleModel, types.Object) {
	object := readObject(ctx, from, diags)
	return readRoleModel(r.securableType, object), object
}

func (r *roleResource) operation(verb string, m roleModel) operation {
	return operation{
		session: r.session, securable: m.securable(), role: kusto.Role(m.role.ValueString()), principal: path.Root("principals"),
		action: fmt.Sprintf("%s the %s of %s", verb, m.role.ValueString(), m.securable()),
	}
}

// stopsIgnoring reports whether principals may lose the role because they are no longer
// ignored.
func (r *roleResource) stopsIgnoring(m, state roleModel) bool {
	return !m.ignored.Equal(state.ignored) && len(state.ignored.Elements()) > 0 && m.knowsIgnored() && r.session.usable()
}

// warnOfLeaving names the principals that lose the role although the plan's diff does not
// show it: those of a role that is not managed yet, and those that are no longer ignored.
// It returns false if Kusto did not list the principals.
func (r *roleResource) warnOfLeaving(ctx context.Context, m roleModel, names []string, resp *resource.ModifyPlanResponse) (listed bool) {
	client := r.session.client(m.clusterURI, &resp.Diagnostics)
	if client == nil || !client.Reachable(ctx) { // the same apply may create the cluster
		return false
	}
	list, err := client.Principals(ctx, m.securable())
	if err != nil {
		r.leavingCheck(m.target).addUnchecked(&resp.Diagnostics, err, checkedAtApply)
		return false
	}
	resolved := client.Resolve(ctx, list, m.kustoRole(), m.resolved(names), false)
	leaving := client.Unmanaged(ctx, list, m.kustoRole(), resolved, m.ignoredFQNs())
	if len(leaving) > 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("principals"), "Principals will lose the role "+m.role.ValueString(),
			fmt.Sprintf("They hold it on %s and are not in principals:\n\n%s", m.securable(), strings.Join(linesOf(leaving), "\n")))
	}
	return true
}
