// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Kusto answers with resolved FQNs, whatever form a command used. Ids, and UPNs
// that Kusto itself appended, prove which row a name is. For any other name (a mail
// address, a display name, a UPN of another tenant) only Kusto can say which object it
// stands for. A similar display name never decides.

// Match says which row of a list a name stands for.
type Match struct {
	// Grant is the row. Nil if the principal does not hold the role, or if the name
	// is ambiguous.
	Grant *Grant
	// Ambiguous is set if the principal may hold the role and no row identifies it.
	Ambiguous bool
	// possible are the rows that the name may be, although none proves it.
	possible []*Grant
}

// Held reports whether the principal holds the role, or may.
func (r Match) Held() bool { return r.Grant != nil || r.Ambiguous }

// Resolve finds the rows of a role that names stand for, in the order of the names.
// It sends a command for each name that the list alone does not resolve, a few at a
// time. If the caller lacks the rights for that command, the name is resolved by
// its display name if only one row has it, and is ambiguous otherwise.
//
// Granted says that every name is known to hold the role, as after an .add. A name
// with one possible row is then that row.
func (c *Client) Resolve(ctx context.Context, list *PrincipalList, role Role, names []FQN, granted bool) []Match {
	matches := make([]Match, len(names))
	names = slices.Clone(names)
	var lookups errgroup.Group
	lookups.SetLimit(mgmt.MaxConcurrentCommands)
	for i := range names {
		if matches[i].Grant = c.find(ctx, list, role, &names[i]); matches[i].Grant != nil {
			continue
		}
		name := names[i]
		possible := possibleRows(list.Direct(role), name)
		switch {
		case len(possible) == 0:
		case granted && len(possible) == 1:
			matches[i].Grant = possible[0]
		default:
			lookups.Go(func() error {
				matches[i] = c.lookUp(ctx, list, role, name, possible)
				matches[i].Ambiguous = matches[i].Ambiguous || granted && matches[i].Grant == nil
				return nil
			})
		}
	}
	_ = lookups.Wait() // no lookup returns an error
	settleAmbiguous(list.Direct(role), names, matches, granted)
	return matches
}

// find is [PrincipalList.Find] for a name. If no row proves it, its tenant is learned first.
func (c *Client) find(ctx context.Context, list *PrincipalList, role Role, name *FQN) *Grant {
	if g := list.Find(role, *name); g != nil || len(list.Direct(role)) == 0 {
		return g
	}
	*name = c.tenants.Of(ctx, *name)
	return list.Find(role, *name)
}

// settleAmbiguous gives each ambiguous name the rows that it may be, and that no other name
// is proven to be. Of more names than such rows, the last ones are not in the list, unless
// they are known to be.
func settleAmbiguous(grants []*Grant, names []FQN, matches []Match, granted bool) {
	taken := make(map[*Grant]bool, len(matches))
	for _, m := range matches {
		taken[m.Grant] = true
	}
	counted := maps.Clone(taken)
	for i := range matches {
		if !matches[i].Ambiguous {
			continue
		}
		rows := slices.DeleteFunc(possibleRows(grants, names[i]), func(g *Grant) bool { return taken[g] })
		free := slices.IndexFunc(rows, func(g *Grant) bool { return !counted[g] })
		if matches[i] = (Match{Ambiguous: granted || free >= 0}); free >= 0 {
			counted[rows[free]] = true
			matches[i].possible = rows
		}
	}
}

// lookUp asks Kusto which object a name stands for. A row that the answer proves is learned:
// its principal is the same on all securables.
func (c *Client) lookUp(ctx context.Context, list *PrincipalList, role Role, name FQN, possible []*Grant) Match {
	if id, learned := c.side.ids.Load(name.Key()); learned {
		if m, decided := byID(possible, id.(FQN)); decided { //nolint:forcetypeassert // nothing else is stored
			return m
		}
	}
	rows, err := c.whoIs(ctx, list.Securable, name)
	if err == nil || errors.Is(err, mgmt.ErrPrincipalNotFound) {
		c.side.names.learn(name.Key(), err)
	}
	switch {
	case errors.Is(err, mgmt.ErrPrincipalNotFound):
		return Match{possible: possible} // Entra ID may only not show it at the moment
	case err != nil:
		return byDisplayName(possible, name)
	}
	held, conclusive := holdersIn(rows, list.Securable.Type, role, name)
	isHeld := func(g *Grant) bool {
		return slices.ContainsFunc(held, func(f FQN) bool { return g.match(f) >= nameMatch }) // the answer is about this name's tenant
	}
	if i := slices.IndexFunc(possible, isHeld); i >= 0 && !slices.ContainsFunc(possible[i+1:], isHeld) {
		c.side.ids.Store(name.Key(), possible[i].Principal)
		return Match{Grant: possible[i]}
	}
	if !conclusive || slices.ContainsFunc(possible, func(g *Grant) bool { return slices.ContainsFunc(held, func(f FQN) bool { return !g.IsNot(f) }) }) {
		return byDisplayName(possible, name)
	}
	return Match{}
}

// byID is the row of a principal that another list has shown. Decided is false if a row may
// show it by another id.
func byID(possible []*Grant, id FQN) (m Match, decided bool) {
	decided = true
	for _, g := range possible {
		if g.Is(id) {
			return Match{Grant: g}, true
		}
		decided = decided && g.IsNot(id)
	}
	return m, decided
}

// holdersIn are the principals that the rows of `.show … principal '<fqn>' roles` name with
// the role, or with any if it is empty. Conclusive is false if one of these rows names no
// principal by an id: then it may be anybody with the role. No document shows what AADObjectID
// looks like: an id, an id and a tenant, an FQN and nothing at all are understood.
func holdersIn(rows []mgmt.Row, on *SecurableType, role Role, name FQN) (held []FQN, conclusive bool) {
	conclusive = true
	for _, r := range rows {
		if other := on.roleOf(r.Get("Role")); role != "" && other != "" && other != role {
			continue
		}
		id := r.Get("AADObjectID")
		if _, after, isFQN := strings.Cut(id, "="); isFQN {
			id = after
		}
		id, tenant, _ := strings.Cut(id, ";")
		if IsGUID(id) {
			if tenant == "" && IsGUID(name.tenant()) {
				tenant = name.tenant()
			}
			held = append(held, FQN{Type: name.Type, ID: id, Tenant: tenant})
			continue
		}
		conclusive = false
	}
	return held, conclusive
}

// byDisplayName resolves a name by the only row that shows it, if that is of the name's
// tenant. If the rows are of several tenants it does not: a row of another tenant hides its
// name.
func byDisplayName(possible []*Grant, name FQN) Match {
	var found []*Grant
	if !IsGUID(name.tenant()) {
		return Match{Ambiguous: true}
	}
	for _, g := range possible {
		if g.Principal.tenant() != possible[0].Principal.tenant() {
			return Match{Ambiguous: true}
		}
		if g.match(name) == nameMatch {
			found = append(found, g)
		}
	}
	if len(found) == 1 {
		return Match{Grant: found[0]}
	}
	return Match{Ambiguous: true}
}

// possibleRows are the rows that do not rule out the name.
func possibleRows(grants []*Grant, name FQN) []*Grant {
	var possible []*Grant
	for _, g := range grants {
		if !g.IsNot(name) {
			possible = append(possible, g)
		}
	}
	return possible
}

// without returns the grants of a role that none of the matches stands for, or may.
func (l *PrincipalList) without(role Role, matches []Match) []*Grant {
	matched := make(map[*Grant]bool, len(matches))
	for _, m := range matches {
		matched[m.Grant] = true
		for _, g := range m.possible {
			matched[g] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(l.Direct(role)), func(g *Grant) bool { return matched[g] })
}

// RowsOf returns the rows of a list, inherited ones included, that a name stands for. It
// sends a command if no row of the list identifies the principal. Ambiguous says that it may
// have rows and that the answer identifies none of them.
func (c *Client) RowsOf(ctx context.Context, list *PrincipalList, name FQN) (rows []*Grant, ambiguous bool) {
	name = c.tenants.Of(ctx, name)
	var proven, possible []*Grant
	for i := range list.Grants {
		switch g := &list.Grants[i]; {
		case g.Is(name):
			proven = append(proven, g)
		case !g.IsNot(name):
			possible = append(possible, g)
		}
	}
	if len(proven) > 0 || len(possible) == 0 {
		return proven, false
	}
	one := slices.CompactFunc(slices.SortedFunc(slices.Values(possible), func(a, b *Grant) int {
		return a.Principal.Key().compare(b.Principal.Key())
	}), func(a, b *Grant) bool { return a.Principal.Key() == b.Principal.Key() })
	found := c.lookUp(ctx, list, "", name, one)
	if found.Grant == nil {
		return nil, found.Ambiguous
	}
	for _, g := range possible {
		if g.Principal.Key() == found.Grant.Principal.Key() {
			rows = append(rows, g)
		}
	}
	return rows, false
}
