// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
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
	// Ambiguous is set if the principal may hold the role and nothing tells which of
	// several rows it is.
	Ambiguous bool
	// candidate is one of those rows, that no other name stands for.
	candidate *Grant
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
	resolved := make([]Match, len(names))
	var lookups errgroup.Group
	lookups.SetLimit(MaxConcurrentCommands)
	for i, name := range names {
		if resolved[i].Grant = list.Find(role, name); resolved[i].Grant != nil {
			continue
		}
		possible := possibleRows(list.Direct(role), name)
		switch {
		case len(possible) == 0:
		case granted && len(possible) == 1:
			resolved[i].Grant = possible[0]
		default:
			lookups.Go(func() error {
				resolved[i] = c.lookUp(ctx, list, role, name, possible)
				resolved[i].Ambiguous = resolved[i].Ambiguous || granted && resolved[i].Grant == nil
				return nil
			})
		}
	}
	_ = lookups.Wait() // no lookup returns an error
	assignCandidates(list.Direct(role), names, resolved, granted)
	return resolved
}

// assignCandidates gives each ambiguous name a row that no other name stands for.
// If there is none, the principal is not in the list, unless it is known to be.
func assignCandidates(grants []*Grant, names []FQN, resolved []Match, granted bool) {
	taken := make(map[*Grant]bool, len(resolved))
	for _, r := range resolved {
		taken[r.Grant] = true
	}
	for i := range resolved {
		if !resolved[i].Ambiguous {
			continue
		}
		resolved[i].Ambiguous = granted
		for _, g := range possibleRows(grants, names[i]) {
			if !taken[g] {
				taken[g] = true
				resolved[i] = Match{Ambiguous: true, candidate: g}
				break
			}
		}
	}
}

// resolveOne is Resolve for one name that may not hold the role.
func (c *Client) resolveOne(ctx context.Context, list *PrincipalList, role Role, name FQN) Match {
	return c.Resolve(ctx, list, role, []FQN{name}, false)[0]
}

// lookUp asks Kusto which object a name stands for.
func (c *Client) lookUp(ctx context.Context, list *PrincipalList, role Role, name FQN, possible []*Grant) Match {
	rows, err := c.run(ctx, rolesCommand(list.Securable, name))
	switch {
	case errors.Is(err, ErrPrincipalNotFound):
		return Match{}
	case err != nil:
		return byDisplayName(possible, name)
	}
	held, told := holdersIn(rows, role, name.Type)
	for _, g := range possible {
		if slices.ContainsFunc(held, g.Is) {
			return Match{Grant: g}
		}
	}
	if !told || slices.ContainsFunc(possible, func(g *Grant) bool { return slices.ContainsFunc(held, func(f FQN) bool { return !g.IsNot(f) }) }) {
		return byDisplayName(possible, name)
	}
	return Match{}
}

// holdersIn are the principals that the rows of `.show … principal '<fqn>' roles` name with
// the role, or with any if it is empty. Told is false if one of these rows names no principal by an id: then the
// answer does not say who it is. No document shows what AADObjectID looks like: an id,
// an id and a tenant, an FQN and nothing at all are understood.
func holdersIn(rows []row, role Role, t PrincipalType) (held []FQN, told bool) {
	told = true
	for _, r := range rows {
		if other := roleOf(r.get("role")); role != "" && other != "" && other != role {
			continue
		}
		id := r.get("aadobjectid")
		if _, after, isFQN := strings.Cut(id, "="); isFQN {
			id = after
		}
		id, tenant, _ := strings.Cut(id, ";")
		if IsGUID(id) {
			held = append(held, FQN{Type: t, ID: id, Tenant: tenant})
			continue
		}
		told = false
	}
	return held, told
}

// byDisplayName resolves a name by the only row that shows it. If the rows are of
// several tenants it does not: a row of another tenant hides its name.
func byDisplayName(possible []*Grant, name FQN) Match {
	var found []*Grant
	for _, g := range possible {
		if !strings.EqualFold(g.Principal.Tenant, possible[0].Principal.Tenant) {
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

// without returns the grants of a role that none of the resolved names stands for.
func (l *PrincipalList) without(role Role, resolved []Match) []*Grant {
	managed := make(map[*Grant]bool, len(resolved))
	for _, r := range resolved {
		managed[r.Grant], managed[r.candidate] = true, true
	}
	var unmanaged []*Grant
	for _, g := range l.Direct(role) {
		if !managed[g] {
			unmanaged = append(unmanaged, g)
		}
	}
	return unmanaged
}
