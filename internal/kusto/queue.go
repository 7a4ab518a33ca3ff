// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// maxPrincipals is the maximum number of principals in a command. The service looks
// each one up in Microsoft Entra ID, so a command with hundreds takes long. After a
// command that took too long there are fewer in the next ones, but not fewer than
// minPrincipals: a gateway may time out for other reasons.
const (
	maxPrincipals = 100
	minPrincipals = 10
)

// roleQueues holds the queue of each role that is written to.
type roleQueues struct {
	mu     sync.Mutex
	byRole map[roleKey]*roleQueue
}

type roleKey struct {
	securable securableKey
	role      Role
}

// roleQueue sends the writes to one role of one securable, one command at a time.
// Adds and drops that wait at the same time go in one command. Adds go before drops, and
// a drop is skipped for what this run has granted or another resource declares, which is
// decided when it is sent: so a grant that moves from one resource to another is never
// lost, whatever the order of the writes.
type roleQueue struct {
	client    *Client
	securable Securable
	role      Role

	mu      sync.Mutex
	pending []*pendingWrite
	running bool

	// granted are the keys of the principals that this run has granted the role, and
	// ambiguous those whose rows are not known, by key. Only the queue's own goroutine
	// uses them.
	granted   map[PrincipalKey]bool
	ambiguous map[PrincipalKey]NamedGrant
	// most is how many principals the next command may have. Only the queue's own
	// goroutine uses it.
	most int
}

// pendingWrite is one write and its waiting caller: an add or a drop of a principal,
// or a task that sends commands of its own.
type pendingWrite struct {
	ctx       context.Context
	verb      mgmt.Verb // Add or Drop; empty for a task
	principal FQN
	notes     string // empty: unchanged
	drop      DropOptions
	// alone keeps an add out of others' commands.
	alone bool
	task  func(context.Context) writeResult
	done  chan writeResult // buffered: completing never blocks
}

// writeResult is the result of a write.
type writeResult struct {
	// match is the row of an added principal.
	match Match
	// members are those of a role after a task that changed it.
	members RoleMembers
	// skipped is set for a drop that was not sent, because the grant is to be kept.
	skipped bool
	err     error
}

// RoleMembers are the principals of a role after a change.
type RoleMembers struct {
	// Matches are the rows of RoleChange.Principals, in their order. Nil if nothing is
	// known of them.
	Matches []Match
	// Others are the grants that remain besides them and the ignored ones: those that the
	// change was not to remove, or could not.
	Others []*Grant
	// Uncertain are the grants that the change was to remove and did not, because each may be
	// that of one of the principals.
	Uncertain []*Grant
	// Unknown are the members that Microsoft Entra ID does not know: they were deleted, or created
	// again a short time ago. Their grants were left as they are.
	Unknown []*Grant
	// Added and Dropped are the principals that the change granted the role, and that it
	// took the role from.
	Added, Dropped []FQN
}

// leaveUnknown counts a member's row among the unknown ones, and its error as none, if Microsoft
// Entra ID does not know the principal. A nil row is nobody's.
func (r *RoleMembers) leaveUnknown(row *Grant, key PrincipalKey, failed map[PrincipalKey]error) {
	if row != nil && isPrincipalNotFound(failed[key]) {
		r.Unknown = append(r.Unknown, row)
		delete(failed, key)
	}
}

func (c *Client) queue(s Securable, role Role) *roleQueue {
	c.queues.mu.Lock()
	defer c.queues.mu.Unlock()
	key := roleKey{s.key(), role}
	q, ok := c.queues.byRole[key]
	if !ok {
		q = &roleQueue{client: c, securable: s, role: role, granted: make(map[PrincipalKey]bool), ambiguous: make(map[PrincipalKey]NamedGrant), most: maxPrincipals}
		c.queues.byRole[key] = q
	}
	return q
}

// do queues a write and waits for its result. A caller whose context is done before
// the command is sent leaves the queue. After that it waits for the result: of a command for
// as long as it may take to finish, and of a task until it ends, which must not leave work
// half done.
func (q *roleQueue) do(w *pendingWrite) writeResult {
	if w.ctx.Err() != nil {
		return writeResult{err: q.client.conn.GaveUp(w.ctx, q.sends)}
	}
	w.done = make(chan writeResult, 1)
	q.enqueue(w)
	select {
	case r := <-w.done:
		return r
	case <-w.ctx.Done():
	}
	if q.cancel(w) {
		return writeResult{err: q.client.conn.GaveUp(w.ctx, q.sends)}
	}
	if w.task != nil {
		return <-w.done
	}
	finishing, cancel := q.client.conn.Finishing(w.ctx)
	defer cancel()
	select {
	case r := <-w.done:
		return r
	case <-finishing.Done():
		q.client.cache.invalidate(q.securable)
		return writeResult{err: q.client.conn.GaveUp(w.ctx, q.sends)}
	}
}

// sends reports whether a command is one of the queue's: a change of its role, or the list that
// a change begins with.
func (q *roleQueue) sends(cmd mgmt.Command) bool {
	if cmd.Is(ShowPrincipals(q.securable)) {
		return true
	}
	what := " " + q.securable.reference() + " " + string(q.role) + " "
	return cmd.Verb != mgmt.Show && SameName(cmd.Database, q.securable.sentTo()) && strings.HasPrefix(cmd.Text, string(cmd.Verb)+what)
}

// doTask queues a task and waits for its result.
func (q *roleQueue) doTask(ctx context.Context, task func(context.Context) writeResult) writeResult {
	return q.do(&pendingWrite{ctx: ctx, task: task})
}

func (q *roleQueue) enqueue(w *pendingWrite) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = append(q.pending, w)
	if !q.running {
		q.running = true
		go q.run()
	}
}

// cancel removes a write that was not sent yet, and reports whether it did.
func (q *roleQueue) cancel(w *pendingWrite) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.pending, w)
	if i < 0 {
		return false
	}
	q.pending = slices.Delete(q.pending, i, i+1)
	return true
}

// run sends batches until nothing is pending. A write to an idle queue is sent at once;
// those that arrive while a command is in flight go together in the next one. Waiting a
// moment for more was measured: a few commands less, and no time saved.
func (q *roleQueue) run() {
	for batch := q.next(); len(batch) > 0; batch = q.next() {
		for i, r := range q.send(batch) {
			batch[i].done <- r
		}
	}
}

// next takes the writes of the next command off the queue: adds before tasks before
// drops. It ends the queue's run if nothing is pending.
func (q *roleQueue) next() (batch []*pendingWrite) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = slices.DeleteFunc(q.pending, func(w *pendingWrite) bool {
		if w.ctx.Err() != nil { // before it could cancel
			w.done <- writeResult{err: q.client.conn.GaveUp(w.ctx, q.sends)}
		}
		return w.ctx.Err() != nil
	})
	for _, v := range []mgmt.Verb{mgmt.Add, "", mgmt.Drop} {
		var rest []*pendingWrite
		for _, w := range q.pending {
			if w.verb == v && (len(batch) == 0 || len(batch) < q.most && batch[0].joins(w)) {
				batch = append(batch, w)
				continue
			}
			rest = append(rest, w)
		}
		if len(batch) > 0 {
			q.pending = rest
			return batch
		}
	}
	q.running = false
	return nil
}

// joins reports whether two writes of one verb may go in one command.
func (w *pendingWrite) joins(other *pendingWrite) bool {
	return w.task == nil && !w.alone && !other.alone && w.notes == other.notes
}

// send sends the command of a batch, or runs its task. It returns a result for each write,
// in order.
func (q *roleQueue) send(batch []*pendingWrite) []writeResult {
	ctx, stop := sharedContext(batch)
	defer stop()
	switch first := batch[0]; {
	case first.task != nil:
		return []writeResult{first.task(ctx)}
	case first.verb == mgmt.Add:
		return q.sendAdds(ctx, principalsOf(batch), first.notes)
	}
	results := make([]writeResult, len(batch))
	q.skipKept(ctx, batch, results)
	q.sendDrops(ctx, batch, results)
	return results
}

// principalsOf are the principals of a batch, in order.
func principalsOf(batch []*pendingWrite) []FQN {
	principals := make([]FQN, len(batch))
	for i, w := range batch {
		principals[i] = w.principal
	}
	return principals
}

// sharedContext is done once the contexts of all callers in the batch are. It has
// the values of the first.
func sharedContext(batch []*pendingWrite) (shared context.Context, stop func()) {
	if len(batch) == 1 {
		return batch[0].ctx, func() {}
	}
	shared, cancel := context.WithCancelCause(context.WithoutCancel(batch[0].ctx))
	waiting := new(atomic.Int64)
	waiting.Store(int64(len(batch)))
	stops := make([]func() bool, len(batch))
	for i, w := range batch {
		stops[i] = context.AfterFunc(w.ctx, func() {
			if waiting.Add(-1) == 0 {
				cancel(context.Cause(w.ctx))
			}
		})
	}
	return shared, func() {
		for _, s := range stops {
			s()
		}
		cancel(nil)
	}
}
