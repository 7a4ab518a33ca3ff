// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"fmt"

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

// DropPrincipal revokes a role from a principal. A grant that does not exist is a
// success. Skipped is true if nothing was sent, because this client has granted the
// role to the principal itself: then another resource owns the grant now. Unless
// allowLockout, it fails with [ErrLockout] for the caller's own or the last admin.
// With it, the caller's own admin grant waits for a quiet moment of the cluster's writes.
func (c *Client) DropPrincipal(ctx context.Context, s Securable, role Role, principal FQN, allowLockout bool) (skipped bool, err error) {
	s = c.canonical(ctx, s)
	done, err := c.inTurn(ctx, s, role, allowLockout, func(g *Grant) bool { return g.Is(principal) })
	if err != nil {
		return false, err
	}
	defer done()
	result := c.queue(s, role).do(&pendingWrite{ctx: ctx, verb: mgmt.Drop, principal: principal, allowLockout: allowLockout})
	return result.skipped, result.err
}

// SetNotes changes the notes of an existing grant, and returns its row. No document
// says whether .add changes the notes of a present grant; if it does not, the grant
// is dropped and added again. An engine that shows no notes is trusted to have
// stored them. Unless allowLockout, a drop that would lock someone out is refused.
func (c *Client) SetNotes(ctx context.Context, s Securable, role Role, canonical FQN, notes string, allowLockout bool) (Match, error) {
	defer c.writes.begin()()
	q := c.queue(c.canonical(ctx, s), role)
	result := q.doTask(ctx, func(ctx context.Context) writeResult {
		return q.setNotes(ctx, &pendingWrite{principal: canonical, notes: notes, allowLockout: allowLockout})
	})
	return result.match, result.err
}

func (q *roleQueue) setNotes(ctx context.Context, w *pendingWrite) writeResult {
	if w.notes != "" {
		r := q.sendAdds(ctx, []FQN{w.principal}, w.notes)[0]
		if r.err != nil || r.match.Grant == nil || r.match.Grant.Notes == w.notes || r.match.Grant.NotesHidden {
			return r
		}
	}
	dropped := make([]writeResult, 1)
	if q.sendDrops(ctx, []*pendingWrite{w}, dropped); dropped[0].err != nil {
		return dropped[0]
	}
	// The role is gone now: granting it again outlasts the caller's context.
	restoring, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.conn.WriteLimit())
	defer cancel()
	r := q.sendAdds(restoring, []FQN{w.principal}, w.notes)[0]
	if r.err != nil {
		return writeResult{err: fmt.Errorf("the grant was dropped to change its notes and could not be added again: %w", r.err)}
	}
	return r
}
