// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// RowsOf returns the rows of a list, inherited ones included, that a name stands for. It
// sends a command if the list alone does not tell. Ambiguous says that the principal may
// have rows and nothing tells which.
func (c *Client) RowsOf(ctx context.Context, list *PrincipalList, name FQN) (rows []*Grant, ambiguous bool) {
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
		return strings.Compare(a.Principal.key(), b.Principal.key())
	}), func(a, b *Grant) bool { return a.Principal.key() == b.Principal.key() })
	found := c.lookUp(ctx, list, "", name, one)
	if found.Grant == nil {
		return nil, found.Ambiguous
	}
	for _, g := range possible {
		if g.Principal.key() == found.Grant.Principal.key() {
			rows = append(rows, g)
		}
	}
	return rows, false
}

// RolesOf lists the roles that a principal has on a securable, inherited ones and those of
// its groups included: in the order of [Role] constants, each once. The zero FQN is the caller. A role that this
// package does not know is as the service writes it.
func (c *Client) RolesOf(ctx context.Context, s Securable, principal FQN) ([]Role, error) {
	cmd := rolesCommand(s, principal)
	cmd.columns = []string{"Role"}
	rows, err := c.run(ctx, cmd)
	if err != nil {
		return nil, err
	}
	var roles []Role
	for _, r := range rows {
		role := roleOf(r.get("role"))
		if role == "" {
			role = Role(r.get("role"))
		}
		roles = append(roles, role)
	}
	order := func(r Role) int {
		if i := slices.Index(Database.Roles, r); i >= 0 {
			return i
		}
		return len(Database.Roles)
	}
	slices.SortFunc(roles, func(a, b Role) int {
		if d := order(a) - order(b); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
	return slices.Compact(roles), nil
}

// RefreshGroupMembership makes the service read again whether a principal is in a group.
// Otherwise a change counts after up to 30 minutes, or 3 hours for one who left. The zero
// principal is the caller, and the zero group every group.
//
// A principal may refresh its own membership of a group that it is in, 10 times an hour.
// That of others takes the role AllDatabasesMonitor (Microsoft, "Role-based access
// control").
func (c *Client) RefreshGroupMembership(ctx context.Context, principal, group FQN) error {
	cmd := refreshCommand(principal, group)
	transient := c.transient()
	again := func(e *Error) bool { return transient(e) && !e.isQuota() }
	return c.retry(ctx, cmd, c.passing(), again, func() *Error {
		_, failed := c.send(ctx, cmd)
		if failed != nil && errors.Is(failed, errNoTables) {
			return nil // what the command answers is not documented
		}
		return failed
	})
}

// isQuota reports whether a quota is used up, which takes an hour to pass.
func (e *Error) isQuota() bool { return strings.Contains(e.Type, "QuotaExceeded") }
