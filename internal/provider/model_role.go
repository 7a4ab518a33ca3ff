// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleModel is a kusto_*_role: all principals of one role.
type roleModel struct {
	commonModel
	principals types.Set
	ignored    types.Set // ignore_principals
	members    types.Map
	removed    types.List // removed_principals
	notes      types.Map  // null leaves all as they are

	// oneOfAll is set for a role of a kusto_*_access. Its principals are null if the
	// configuration leaves the role out, which is then empty.
	oneOfAll bool
	// written are the names as the configuration has them, if a plan without a change has the
	// state's spellings instead.
	written *writtenNames
	// found are the rows of principals that a plan has found in Kusto, by their names, and
	// strangers those that it removes although no state has them.
	found     map[string]*kusto.Grant
	strangers []*kusto.Grant
}

// writtenNames are the attributes in which a configuration names principals.
type writtenNames struct {
	principals types.Set
	notes      types.Map
}

// memberTypes are the attributes of one member. The keys of the map are the
// principals as written in the configuration; an unmanaged member has its resolved
// FQN as key.
var memberTypes = map[string]attr.Type{
	"resolved_fqn":           types.StringType,
	"principal_type":         types.StringType,
	"principal_display_name": types.StringType,
	"principal_object_id":    types.StringType,
}

var memberType = types.ObjectType{AttrTypes: memberTypes}

func readRoleModel(t *kusto.SecurableType, object types.Object) *roleModel {
	values := object.Attributes()
	m := &roleModel{
		commonModel: readCommon(t, values),
		principals:  setOf(values["principals"]), ignored: setOf(values["ignore_principals"]), members: types.MapNull(memberType),
		removed: types.ListNull(types.StringType), notes: notesMap(values),
	}
	if members, ok := values["members"].(types.Map); ok {
		m.members = members
	}
	if removed, ok := values["removed_principals"].(types.List); ok {
		m.removed = removed
	}
	return m
}

func (m *roleModel) values() map[string]attr.Value {
	values := map[string]attr.Value{"principals": m.principals, "ignore_principals": m.ignored, "members": m.members, "removed_principals": m.removed, "notes": m.notes}
	m.write(values)
	return values
}

// names are the principals as written in the configuration, sorted; false if one of
// them is unknown.
func (m *roleModel) names() (names []string, known bool) {
	if m.principals.IsUnknown() {
		return nil, false
	}
	for _, v := range m.principals.Elements() {
		if v.IsUnknown() {
			return nil, false
		}
		names = append(names, stringOf(v).ValueString())
	}
	slices.Sort(names)
	return names, true
}

// ignoredFQNs are the principals that the resource does not manage.
func (m *roleModel) ignoredFQNs() []kusto.FQN { return m.fqnsOf(textsIn(m.ignored)) }

func (m *roleModel) unproven() []string {
	names, _ := m.names()
	names = slices.DeleteFunc(names, func(name string) bool { return m.member(name) != nil })
	return append(names, textsIn(m.ignored)...)
}

// knowsIgnored reports whether all ignored principals are known.
func (m *roleModel) knowsIgnored() bool {
	return !m.ignored.IsUnknown() && !slices.ContainsFunc(m.ignored.Elements(), attr.Value.IsUnknown)
}

// memberNames are the keys of members, sorted.
func (m *roleModel) memberNames() []string {
	return slices.Sorted(maps.Keys(m.members.Elements()))
}

// member is the row of one member in the state; nil for an ambiguous one.
func (m *roleModel) member(name string) *kusto.Grant {
	object, ok := m.members.Elements()[name].(types.Object)
	if !ok {
		return nil
	}
	values := object.Attributes()
	f, err := kusto.ParseFQN(stringOf(values["resolved_fqn"]).ValueString())
	if err != nil {
		return nil
	}
	return &kusto.Grant{
		Role: m.kustoRole(), Principal: f,
		DisplayName: stringOf(values["principal_display_name"]).ValueString(),
		ObjectID:    stringOf(values["principal_object_id"]).ValueString(),
	}
}

// memberList is a list of the members' rows, with the members' names.
func (m *roleModel) memberList() (list *kusto.PrincipalList, nameOf map[kusto.FQN]string) {
	var grants []kusto.Grant
	nameOf = make(map[kusto.FQN]string)
	for _, name := range m.memberNames() {
		if g := m.member(name); g != nil {
			grants = append(grants, *g)
			nameOf[g.Principal] = name
		}
	}
	return kusto.NewPrincipalList(m.securable(), grants), nameOf
}

// commandFQNs are the principals in commands: the resolved FQNs of those that the model
// knows, the others as written.
func (m *roleModel) commandFQNs(names []string) []kusto.FQN {
	fqns := make([]kusto.FQN, len(names))
	for i, name := range names {
		if g := m.member(name); g != nil {
			fqns[i] = g.Principal
			continue
		}
		fqns[i], _ = m.fqnOf(name) // was validated
	}
	return fqns
}

// setRemoved sets removed_principals.
func (m *roleModel) setRemoved(names []string) {
	slices.Sort(names)
	values := make([]attr.Value, len(names))
	for i, name := range names {
		values[i] = types.StringValue(name)
	}
	m.removed = types.ListValueMust(types.StringType, values)
}

// removals are the principals that the plan removes. An apply before may have removed those
// that removed_principals still has, unless they are members again.
func (m *roleModel) removals(state *roleModel) []kusto.FQN {
	removed := fqnsIn(m.removed)
	switch {
	case !m.ignored.Equal(state.ignored): // planned anew
		return removed
	case m.removed.Equal(state.removed) && m.members.Equal(state.members):
		return nil
	}
	isGone := make(map[kusto.PrincipalKey]bool)
	for _, f := range fqnsIn(state.removed) {
		isGone[f.Key()] = true
	}
	for _, f := range state.heldFQNs() {
		delete(isGone, f.Key())
	}
	return slices.DeleteFunc(removed, func(f kusto.FQN) bool { return isGone[f.Key()] })
}

// heldFQNs are all members, as commands name them.
func (m *roleModel) heldFQNs() []kusto.FQN { return m.commandFQNs(m.memberNames()) }

// match finds the rows of the names, and those that are neither named nor ignored.
func (m *roleModel) match(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, names []string) (matches []kusto.Match, unmanaged []*kusto.Grant) {
	matches = client.Resolve(ctx, list, m.kustoRole(), m.commandFQNs(names), false)
	return matches, client.Unmanaged(ctx, list, m.kustoRole(), matches, m.ignoredFQNs())
}

// rowsByName are the rows that names stand for.
func rowsByName(names []string, matches []kusto.Match) map[string]*kusto.Grant {
	rows := make(map[string]*kusto.Grant, len(names))
	for i, name := range names {
		rows[name] = matches[i].Grant
	}
	return rows
}

// setMembers sets the members, and the principals to their names.
func (m *roleModel) setMembers(members map[string]attr.Value) {
	m.members = types.MapValueMust(memberType, members)
	if m.oneOfAll && m.principals.IsNull() && len(members) == 0 {
		return
	}
	names := make([]attr.Value, 0, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		names = append(names, types.StringValue(name))
	}
	m.principals = types.SetValueMust(types.StringType, names)
}

// heldMembers are the members of a role: names that hold it, and unmanaged grants
// under their resolved FQNs.
func heldMembers(names []string, matches []kusto.Match, unmanaged []*kusto.Grant) map[string]attr.Value {
	members := make(map[string]attr.Value)
	for i, name := range names {
		if matches[i].Held() {
			members[name] = memberObject(name, matches[i].Grant)
		}
	}
	for _, g := range unmanaged {
		name := normalizedFQN(g.Principal)
		members[name] = memberObject(name, g)
	}
	return members
}

// importRows sets the members and the notes to those of a list that is imported.
func (m *roleModel) importRows(list *kusto.PrincipalList, rows []*kusto.Grant) {
	members, notes := make(map[string]attr.Value), make(map[string]attr.Value)
	for _, g := range rows {
		name := normalizedFQN(list.NameOf(g))
		members[name] = memberObject(name, g)
		if g.Notes != "" {
			notes[name] = types.StringValue(g.Notes)
		}
	}
	m.setMembers(members)
	m.notes = mapOrNull(notes)
}

// memberObject is a member of the map; nil for an ambiguous row.
func memberObject(name string, g *kusto.Grant) attr.Value {
	if g == nil {
		f, _ := kusto.ParseFQN(name)
		return types.ObjectValueMust(memberTypes, map[string]attr.Value{
			"resolved_fqn": types.StringNull(), "principal_type": types.StringValue(string(f.Type)),
			"principal_display_name": types.StringNull(), "principal_object_id": types.StringNull(),
		})
	}
	return types.ObjectValueMust(memberTypes, map[string]attr.Value{
		"resolved_fqn": types.StringValue(normalizedFQN(g.Principal)), "principal_type": types.StringValue(string(g.Principal.Type)),
		"principal_display_name": optional(g.DisplayName), "principal_object_id": optional(g.ObjectID),
	})
}

// unknownMember is a member before apply. Its attributes are unknown rather than the
// whole object: the CLI does not show an unknown element of a map.
var unknownMember = types.ObjectValueMust(memberTypes, map[string]attr.Value{
	"resolved_fqn": types.StringUnknown(), "principal_type": types.StringUnknown(),
	"principal_display_name": types.StringUnknown(), "principal_object_id": types.StringUnknown(),
})
