// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// planCreate plans a role that is not managed yet. Its current members that are not in
// principals are removed.
func (r *roleResource) planCreate(ctx context.Context, config, m *roleModel, diags *diag.Diagnostics) {
	m.planNotes(config, &roleModel{})
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
	matches, removed := m.match(ctx, client, list, names)
	m.found, m.strangers = rowsByName(names, matches), removed
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
			"They hold it on %s and are not in %s:\n\n%s", m.securable(), r.principals, strings.Join(linesOf(others), "\n")))
	}
}

// planUpdate plans who is added and who is removed.
func (r *roleResource) planUpdate(ctx context.Context, config, m, state *roleModel, resp *resource.ModifyPlanResponse) {
	m.planNotes(config, state)
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
	kept, left, rows, unchanged := r.matchState(ctx, names, state)
	unignored := r.unignored(ctx, m, state, names, &resp.Diagnostics)
	if unchanged && len(unignored) == 0 && m.isNotedIn(state, rows) {
		m.written = &writtenNames{m.principals, m.notes}
		m.principals, m.members, m.removed, m.notes = state.principals, state.members, state.removed, state.notes
		if !m.ignored.Equal(state.ignored) {
			m.setRemoved(nil)
		}
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
	r.warnOfRemoved(m, m.strangers, &resp.Diagnostics)
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
	others = slices.DeleteFunc(others, func(g *kusto.Grant) bool { return slices.Contains(neverIgnored, g) })
	if len(others) > 0 {
		_, unmanaged := m.match(ctx, client, list, names)
		m.strangers = slices.DeleteFunc(unmanaged, func(g *kusto.Grant) bool { return !slices.Contains(others, g) })
	}
	return others
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

func (r *roleResource) declared(m, state *roleModel) (grantPlan, bool) {
	names, namesKnown := m.names()
	plan := grantPlan{wholeRole: true}
	for _, f := range m.ignoredFQNs() {
		plan.ignored = append(plan.ignored, &plannedGrant{name: f})
	}
	notes := m.notesOf(names)
	for _, name := range names {
		f, err := m.fqnOf(name)
		if err == nil {
			g := &plannedGrant{name: f, notes: notes[name], row: cmp.Or(m.member(name), m.found[name])}
			_, isHeld := state.members.Elements()[name]
			g.ambiguous = isHeld && state.member(name) == nil
			plan.owned = append(plan.owned, g)
		}
	}
	for _, g := range m.strangers {
		plan.removed = append(plan.removed, &plannedGrant{name: g.Principal, row: g})
	}
	return plan, namesKnown && m.knowsIgnored()
}

func (r *roleResource) held(state *roleModel) []*plannedGrant {
	var grants []*plannedGrant
	notes := state.notesOf(state.memberNames())
	for _, name := range state.memberNames() {
		if f, err := state.fqnOf(name); err == nil {
			row := state.member(name)
			grants = append(grants, &plannedGrant{name: f, notes: notes[name], row: row, ambiguous: row == nil})
		}
	}
	return grants
}

func (r *roleResource) released(m, state *roleModel) []*plannedGrant {
	removed := m.removals(state)
	return slices.DeleteFunc(r.held(state), func(g *plannedGrant) bool {
		return !slices.ContainsFunc(removed, g.asGrant().Is)
	})
}

// regrant makes the attributes of all members unknown: the plan in the process of the apply
// may learn of more grants that were given up.
func (r *roleResource) regrant(m *roleModel) {
	members := make(map[string]attr.Value)
	for name := range m.members.Elements() {
		members[name] = unknownMember
	}
	m.members = types.MapValueMust(memberType, members)
}

func (r *roleResource) newNames(m, state *roleModel) []kusto.FQN {
	names, _ := m.names()
	var added []kusto.FQN
	for _, name := range names {
		if f, err := m.fqnOf(name); err == nil && state.member(name) == nil {
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

// matchState finds the members of the state that the names prove to be, in whatever
// spelling, and those that are left. What it finds depends on nothing but the state, so the
// plan in the process of the apply finds the same. Unchanged is true if the names are the
// members, which may take a question to Kusto. Rows are those of the names, as far as they are
// known then.
func (r *roleResource) matchState(
	ctx context.Context, names []string, state *roleModel,
) (kept map[string]attr.Value, left []string, rows map[string]kusto.FQN, unchanged bool) {
	kept, rows = make(map[string]attr.Value, len(names)), make(map[string]kusto.FQN)
	members := state.members.Elements()
	list, memberOf := state.memberList()
	isKept := make(map[kusto.FQN]bool, len(members))
	var others []string
	for i, f := range state.commandFQNs(names) {
		g := list.Find(state.kustoRole(), f)
		if g != nil {
			isKept[g.Principal], rows[names[i]] = true, g.Principal
		}
		switch _, isMember := members[names[i]]; {
		case isMember:
			kept[names[i]] = members[names[i]]
		case g != nil:
			kept[names[i]] = members[memberOf[g.Principal]]
		default:
			others = append(others, names[i])
		}
	}
	for _, name := range state.memberNames() {
		_, isNamed := kept[name]
		if g := state.member(name); !isNamed && (g == nil || !isKept[g.Principal]) {
			left = append(left, name)
		}
	}
	if len(others) == 0 {
		return kept, left, rows, len(left) == 0
	}
	respelled := r.respelled(ctx, others, list, state)
	maps.Copy(rows, respelled)
	found := slices.Collect(maps.Values(respelled))
	stillLeft := slices.ContainsFunc(left, func(name string) bool {
		g := state.member(name)
		return g == nil || !slices.ContainsFunc(found, g.Principal.Equal)
	})
	return kept, left, rows, len(respelled) == len(others) && !stillLeft
}

// respelled are the members that names are other spellings of, by name, as Kusto knows them.
func (r *roleResource) respelled(ctx context.Context, names []string, list *kusto.PrincipalList, state *roleModel) map[string]kusto.FQN {
	var ignored diag.Diagnostics // the URI was valid when the state was written
	if !r.session.canSignIn() {
		return nil
	}
	client := r.session.client(state.clusterURI, &ignored)
	if client == nil {
		return nil
	}
	found := make(map[string]kusto.FQN)
	for i, match := range client.Resolve(ctx, list, state.kustoRole(), state.commandFQNs(names), false) {
		if match.Grant != nil {
			found[names[i]] = match.Grant.Principal
		}
	}
	return found
}
