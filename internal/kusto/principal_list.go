// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"slices"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// PrincipalList is everyone who can affect a securable, from one answer. Looking up
// a grant takes the same time in a list of ten and of ten thousand. It is read-only.
type PrincipalList struct {
	Securable Securable
	// Grants are the rows in the order of the answer, inherited ones included.
	Grants []Grant

	byFQN  map[rolePrincipal]*Grant
	byID   map[roleName]*Grant
	direct map[Role][]*Grant
}

type rolePrincipal struct {
	role Role
	key  PrincipalKey
}

type roleName struct {
	role Role
	key  NameKey
}

// NewPrincipalList indexes the grants of a securable. The list keeps the slice.
func NewPrincipalList(s Securable, grants []Grant) *PrincipalList {
	l := &PrincipalList{
		Securable: s, Grants: grants,
		byFQN:  make(map[rolePrincipal]*Grant, len(grants)),
		byID:   make(map[roleName]*Grant, len(grants)),
		direct: make(map[Role][]*Grant),
	}
	for i := range l.Grants {
		g := &l.Grants[i]
		if g.Inherited {
			continue
		}
		key := rolePrincipal{g.Role, g.Principal.Key()}
		if l.byFQN[key] == nil { // two rows for one principal are one grant
			l.direct[g.Role] = append(l.direct[g.Role], g)
			l.byFQN[key] = g
		}
		l.indexID(g, g.ObjectID)
		if IsGUID(g.Principal.ID) && !SameName(g.Principal.ID, g.ObjectID) {
			l.indexID(g, g.Principal.ID)
		}
		l.indexID(g, g.upn())
	}
	return l
}

// indexID indexes an id of a row. An application that is registered in several
// tenants has one application id in all of them, which then identifies none: nil. So has
// a UPN that several rows show.
func (l *PrincipalList) indexID(g *Grant, id string) {
	if id == "" {
		return
	}
	key := roleName{g.Role, nameKey(g.Principal.Type, id)}
	if other, taken := l.byID[key]; taken && (other == nil || other.Principal.Key() != g.Principal.Key()) {
		g = nil
	}
	l.byID[key] = g
}

// Direct returns the grants of one role on the securable itself.
func (l *PrincipalList) Direct(role Role) []*Grant { return l.direct[role] }

// Others returns the grants of one role whose rows neither prove nor show one of the names.
// Unlike [Client.Unmanaged], it asks nobody: for one list the answer is always the same.
func (l *PrincipalList) Others(role Role, names []FQN) []*Grant {
	named := make(map[*Grant]bool)
	var unproven []FQN
	for _, f := range names {
		if g := l.Find(role, f); g != nil {
			named[g] = true
			continue
		}
		unproven = append(unproven, f)
	}
	return slices.DeleteFunc(slices.Clone(l.Direct(role)), func(g *Grant) bool {
		return named[g] || slices.ContainsFunc(unproven, func(f FQN) bool { return g.match(f) >= nameMatch })
	})
}

// Find returns the grant of a principal whose name a row proves: by the resolved
// FQN, an id or a UPN. Nil if no row does, which for a name in any other form does
// not mean that the principal lacks the role: see [Client.Resolve].
func (l *PrincipalList) Find(role Role, name FQN) *Grant {
	for _, g := range []*Grant{
		l.byFQN[rolePrincipal{role, name.Key()}],
		l.byID[roleName{role, name.NameKey()}],
	} {
		if g != nil && g.Is(name) {
			return g
		}
	}
	return nil
}

// NameOf names the principal of a row for people: by the UPN that the row shows, if that
// identifies it in the list, and otherwise as Kusto resolved it.
func (l *PrincipalList) NameOf(g *Grant) FQN {
	if name, err := ParseFQN("aaduser=" + g.upn()); err == nil && l.Find(g.Role, name) == g {
		return name
	}
	return g.Principal
}

// ReadPrincipalList reads the answer of a command as the list of the securable's principals.
func ReadPrincipalList(s Securable, rows []mgmt.Row) *PrincipalList {
	type direct struct {
		role Role
		ok   bool
	}
	roles := make(map[string]direct) // thousands of rows have a handful of texts
	grants := make([]Grant, len(rows))
	for i, r := range rows {
		roleText := r.Get("Role")
		d, known := roles[roleText]
		if !known {
			d.role, d.ok = s.directRole(roleText)
			roles[roleText] = d
		}
		grants[i] = Grant{
			Role: d.role, Principal: principalOf(r),
			DisplayName: r.Get("PrincipalDisplayName"), ObjectID: r.Get("PrincipalObjectId"),
			Notes: r.Get("Notes"), NotesHidden: !r.Has("Notes"),
			Inherited: !d.ok, RoleText: roleText,
		}
	}
	return NewPrincipalList(s, grants)
}

// principalOf reads the FQN of a row. A name in an undocumented form still belongs to a
// principal that holds the role, so it is kept as Kusto wrote it.
func principalOf(r mgmt.Row) FQN {
	name := r.Get("PrincipalFQN")
	if f, err := ParseFQN(name); err == nil || name == "" {
		return f
	}
	return FQN{Type: Other, ID: name}
}
