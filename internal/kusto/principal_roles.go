// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// RolesOf lists the roles that a principal has on a securable, inherited ones and those of
// its groups included: in the order of [Role] constants, each once. The zero FQN is the caller. A role that this
// package does not know is as the service writes it.
func (c *Client) RolesOf(ctx context.Context, s Securable, principal FQN) ([]Role, error) {
	cmd := ShowRoles(s, principal)
	cmd.Columns = []string{"Role"}
	rows, err := c.conn.Run(ctx, cmd)
	if err != nil {
		return nil, err
	}
	var roles []Role
	for _, r := range rows {
		role := s.Type.roleOf(r.Get("Role"))
		if role == "" {
			role = Role(r.Get("Role"))
		}
		roles = append(roles, role)
	}
	known := slices.Concat(Database.Roles, Cluster.Roles)
	order := func(r Role) int {
		if i := slices.Index(known, r); i >= 0 {
			return i
		}
		return len(known)
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
	cmd := RefreshGroups(principal, group)
	return c.conn.RetryTransient(ctx, cmd, (*mgmt.Error).IsQuota, func() *mgmt.Error {
		_, failed := c.conn.Send(ctx, cmd)
		return failed
	})
}
