package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// ModifyPlan says who comes, who leaves and who stays, and what would lock
// someone out.
func (r *roleResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		state, _ := r.read(ctx, req.State, &resp.Diagnostics)
		r.guard(ctx, state, nil, resp)
		return
	}
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	config, _ := r.read(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	m.clusterURI, m.principals = config.clusterURI, config.principals
	if req.State.Raw.IsNull() {
		m.settle(r.session, nil, &resp.Diagnostics)
		r.planNew(ctx, &m, resp)
	} else {
		state, _ := r.read(ctx, req.State, &resp.Diagnostics)
		r.planChange(ctx, &m, state, resp)
	}
	m.id = m.plannedID()
	if resp.Diagnostics.HasError() {
		return
	}
	object, diags := m.object(plan)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, object)...)
}

// planNew plans a list that is not managed yet. Whoever is in it already and is
// not written will lose the role, which a plan from nothing does not show, so a
// warning does.
func (r *roleResource) planNew(ctx context.Context, m *roleModel, resp *resource.ModifyPlanResponse) {
	names, known := m.written()
	m.planMembers(names, known, nil)
	if !known || !m.known() || !r.session.usable() || resp.Diagnostics.HasError() {
		return
	}
	cluster := r.session.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	picture, err := cluster.Picture(ctx, m.securable())
	if err != nil {
		return // the securable may be made in the same apply; the apply says what is wrong
	}
	asked := parseAll(names)
	matching := cluster.Match(ctx, picture, m.kustoRole(), asked, false)
	if len(matching.Strangers) > 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("principals"), "Principals will lose the role "+m.role.ValueString(),
			fmt.Sprintf("They hold it on %s and are not in principals:\n\n%s", m.securable(), strings.Join(describe(matching.Strangers), "\n")))
	}
	r.guard(ctx, *m, resolvedOf(asked, matching), resp)
}

// mostDescribed is how many people a warning names.
const mostDescribed = 50

func describe(grants []*kusto.Grant) []string {
	var lines []string
	for i, g := range grants {
		if i == mostDescribed {
			return append(lines, fmt.Sprintf("  and %d more", len(grants)-i))
		}
		lines = append(lines, fmt.Sprintf("  - %s, %s", g.DisplayName, g.Principal))
	}
	return lines
}

// resolvedOf are the principals by their resolved names, where they have one.
func resolvedOf(asked []kusto.FQN, m kusto.Matching) []kusto.FQN {
	resolved := make([]kusto.FQN, len(asked))
	for i, f := range asked {
		resolved[i] = f
		if m.Grants[i] != nil {
			resolved[i] = m.Grants[i].Principal
		}
	}
	return resolved
}

func (r *roleResource) planChange(ctx context.Context, m *roleModel, state roleModel, resp *resource.ModifyPlanResponse) {
	replace := m.settle(r.session, &state.target, &resp.Diagnostics)
	names, known := m.written()
	if len(replace) > 0 {
		resp.RequiresReplace = append(resp.RequiresReplace, replace...)
		m.planMembers(names, known, nil)
		r.guard(ctx, state, nil, resp)
		return
	}
	if !known {
		m.planMembers(nil, false, nil)
		return
	}
	staying, everyone := r.matchState(ctx, names, state)
	if everyone {
		m.principals, m.members = state.principals, state.members
		return
	}
	m.planMembers(names, true, staying)
	r.guard(ctx, *m, m.effective(names), resp)
}

// effective are the members by their resolved names, where the plan knows them.
func (m roleModel) effective(names []string) []kusto.FQN {
	fqns := parseAll(names)
	for i, name := range names {
		if g := m.member(name); g != nil {
			fqns[i] = g.Principal
		}
	}
	return fqns
}

// planMembers plans a member for each name: as the state knows it, or with what
// is not known before apply. Where no one stays, that is said once for all.
func (m *roleModel) planMembers(names []string, known bool, staying map[string]attr.Value) {
	memberType := types.ObjectType{AttrTypes: memberTypes}
	if !known || len(names) > 0 && len(staying) == 0 {
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

// unknownMember is one whose name is all that is known before apply. Its
// attributes are unknown, and not the whole: the CLI shows no unknown element of
// a map.
var unknownMember = types.ObjectValueMust(memberTypes, map[string]attr.Value{
	"resolved_fqn": types.StringUnknown(), "principal_type": types.StringUnknown(),
	"principal_display_name": types.StringUnknown(), "principal_object_id": types.StringUnknown(),
})

// matchState finds the written names among the members that the state holds,
// whatever their spelling. everyone is true when each name is a member and each
// member is named: then there is nothing to change.
func (r *roleResource) matchState(ctx context.Context, names []string, state roleModel) (staying map[string]attr.Value, everyone bool) {
	staying = make(map[string]attr.Value, len(names))
	members := state.members.Elements()
	var open []string
	left := make(map[string]bool, len(members))
	for name := range members {
		left[name] = true
	}
	for _, name := range names {
		if object, ok := members[name]; ok {
			staying[name] = object
			delete(left, name)
			continue
		}
		open = append(open, name)
	}
	unmatched := len(open)
	for i, member := range r.respelled(ctx, open, state, left) {
		if member != "" {
			staying[open[i]] = members[member]
			delete(left, member)
			unmatched--
		}
	}
	return staying, unmatched == 0 && len(left) == 0
}

// respelled finds, for each name, the member of the state it is another spelling
// of; empty for none.
func (r *roleResource) respelled(ctx context.Context, names []string, state roleModel, left map[string]bool) []string {
	found := make([]string, len(names))
	if len(names) == 0 || len(left) == 0 || !r.session.usable() {
		return found
	}
	var ignored diag.Diagnostics // the address was good when the state was written
	cluster := r.session.cluster(state.clusterURI, &ignored)
	if cluster == nil {
		return found
	}
	var grants []kusto.Grant
	memberOf := make(map[string]string, len(left))
	for name := range left {
		if g := state.member(name); g != nil {
			grants = append(grants, *g)
			memberOf[g.Principal.String()] = name
		}
	}
	picture := kusto.PictureOf(state.securable(), grants)
	matching := cluster.Match(ctx, picture, state.kustoRole(), parseAll(names), false)
	for i, g := range matching.Grants {
		if g != nil {
			found[i] = memberOf[g.Principal.String()]
		}
	}
	return found
}

// guard refuses, at plan time, a list that locks someone out.
func (r *roleResource) guard(ctx context.Context, m roleModel, principals []kusto.FQN, resp *resource.ModifyPlanResponse) {
	if resp.Diagnostics.HasError() || m.allowLockout.ValueBool() || !r.session.usable() || !m.known() {
		return
	}
	cluster := r.session.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	if err := cluster.CheckSet(ctx, m.securable(), m.kustoRole(), principals); kusto.KindOf(err) == kusto.Lockout {
		r.failure("set", m).add(&resp.Diagnostics, err)
	}
}
