// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// AddPrincipal grants a role to a principal, and returns its row from the answer of
// the command. A grant that exists already is a success. Empty notes leave existing
// notes unchanged. A principal that Microsoft Entra ID does not show yet is retried
// until ctx is done.
func (c *Client) AddPrincipal(ctx context.Context, s Securable, role Role, principal FQN, notes string) (Match, error) {
	defer c.writes.begin()()
	s = c.canonical(ctx, s)
	w := pendingWrite{ctx: ctx, verb: mgmt.Add, principal: principal, notes: notes}
	var result writeResult
	err := c.untilGranted(ctx, WriteCommand(mgmt.Add, s, role, []FQN{principal}, notes), func() *mgmt.Error {
		once := w
		result = c.queue(s, role).do(&once)
		w.alone = true // others' commands would fail with it again
		if result.err == nil {
			return nil
		}
		return mgmt.AsError(result.err)
	})
	return result.match, err
}

// NamedGrant is a principal that holds a role, and the notes of its grant.
type NamedGrant struct {
	Principal FQN
	Notes     string
}

// DropOptions are what a write that revokes grants must not do.
type DropOptions struct {
	// AllowLockout permits a change that removes the caller's, or everyone's, admin access.
	AllowLockout bool
	// Keep reports whether a grant is not to be revoked, because another resource declares
	// it. It is called right before a drop is sent. Optional.
	Keep func(*Grant) bool
	// Restore are principals that other resources declare by names that no row identifies.
	// If a drop may have been of one of them, it is added again.
	Restore []NamedGrant
}

// DropPrincipal revokes a role from a principal. A grant that does not exist is a
// success. Kept is true if nothing was sent, because o.Keep keeps the grant, or because
// this client has granted it itself. Unless o.AllowLockout, it fails with [ErrLockout] for
// the caller's own or the last admin. With it, the caller's own admin grant waits for a
// quiet moment of the cluster's writes.
func (c *Client) DropPrincipal(ctx context.Context, s Securable, role Role, principal FQN, o DropOptions) (kept bool, err error) {
	s = c.canonical(ctx, s)
	done, err := c.inTurn(ctx, s, role, o.AllowLockout, func(g *Grant) bool { return g.Is(principal) })
	if err != nil {
		return false, err
	}
	defer done()
	result := c.queue(s, role).do(&pendingWrite{ctx: ctx, verb: mgmt.Drop, principal: principal, drop: o})
	return result.skipped, result.err
}
