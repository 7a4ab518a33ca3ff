// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"fmt"
	"strings"

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

// SetNotes changes the notes of an existing grant, and returns its row. No document
// says whether .add changes the notes of a present grant; if it does not, the grant
// is dropped and added again, unless that could lock someone out. The notes of the row are
// those that the service holds now: it may store them differently, or keep the old ones.
func (c *Client) SetNotes(ctx context.Context, s Securable, role Role, canonical FQN, notes string) (Match, error) {
	defer c.writes.begin()()
	q := c.queue(c.canonical(ctx, s), role)
	result := q.doTask(ctx, func(ctx context.Context) writeResult { return q.setNotes(ctx, canonical, notes) })
	return result.match, result.err
}

func (q *roleQueue) setNotes(ctx context.Context, f FQN, notes string) (r writeResult) {
	if notes != "" {
		r = q.sendAdds(ctx, []FQN{f}, notes)[0]
		if r.err != nil || r.match.Grant == nil || r.match.Grant.holdsNotes(notes) {
			return r
		}
	}
	list, err := q.client.Principals(ctx, q.securable)
	if err != nil {
		return writeResult{err: err}
	}
	g := list.Find(q.role, f)
	if g == nil || ctx.Err() != nil || !q.mayBeAbsent(ctx, list, g) {
		return writeResult{match: Match{Grant: g}}
	}
	dropped := q.revoke(ctx, []FQN{f})[f.Key()]
	if dropped != nil && !mgmt.AsError(dropped).MayHaveRun {
		return writeResult{match: Match{Grant: g}, err: dropped}
	}
	// The grant must not be left dropped, whatever becomes of the caller.
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.conn.WriteLimit())
	defer cancel()
	r = q.sendAdds(lasting, []FQN{f}, notes)[0]
	switch {
	case r.err != nil && dropped != nil:
		r.err = fmt.Errorf("the grant may have been dropped to change its notes, and could not be added again: %w", r.err)
	case r.err != nil:
		r.err = fmt.Errorf("the grant was dropped to change its notes and could not be added again: %w", r.err)
	default:
		r.err = dropped
	}
	return r
}

// holdsNotes reports whether the row has the notes, or shows none. Some engines store them
// without the white space around them, or cut them off.
func (g *Grant) holdsNotes(notes string) bool {
	return g.NotesHidden || g.Notes == notes || g.Notes != "" && strings.HasPrefix(strings.TrimSpace(notes), strings.TrimSpace(g.Notes))
}
