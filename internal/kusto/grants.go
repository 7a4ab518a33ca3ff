// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// AddPrincipal grants a role to a principal, and returns its row from the answer of
// the command. A grant that exists already is a success. Empty notes leave existing
// notes unchanged. A principal that Microsoft Entra ID does not show yet is retried
// until ctx is done.
func (c *Client) AddPrincipal(ctx context.Context, s Securable, role Role, principal FQN, notes string) (Match, error) {
	defer c.writes.begin()()
	s = c.usual(ctx, s)
	w := pendingWrite{ctx: ctx, verb: verbAdd, principal: principal, notes: notes}
	var result writeResult
	err := c.untilGranted(ctx, writeCommand(verbAdd, s, role, []FQN{principal}, notes), func() *Error {
		attempt := w
		result = c.queue(s, role).do(&attempt)
		w.alone = true // others' commands would fail with it again
		if result.err == nil {
			return nil
		}
		return asError(result.err)
	})
	return result.resolved, err
}

// DropPrincipal revokes a role from a principal. A grant that does not exist is a
// success. Kept is true if nothing was sent, because this client has granted the
// role to the principal itself: then another resource owns the grant now. Unless
// allowLockout, it fails with [ErrLockout] for the caller's own or the last admin.
// With it, the caller's own admin grant waits until the cluster's other writes are done.
func (c *Client) DropPrincipal(ctx context.Context, s Securable, role Role, principal FQN, allowLockout bool) (kept bool, err error) {
	s = c.usual(ctx, s)
	done, err := c.inTurn(ctx, s, role, allowLockout, func(g *Grant) bool { return g.Is(principal) })
	if err != nil {
		return false, err
	}
	defer done()
	result := c.queue(s, role).do(&pendingWrite{ctx: ctx, verb: verbDrop, principal: principal, allowLockout: allowLockout})
	return result.kept, result.err
}

// SetNotes changes the notes of an existing grant, and returns its row. No document
// says whether .add changes the notes of a present grant; if it does not, the grant
// is dropped and added again. An engine that shows no notes is trusted to have
// stored them. Unless allowLockout, a drop that would lock someone out is refused.
func (c *Client) SetNotes(ctx context.Context, s Securable, role Role, resolved FQN, notes string, allowLockout bool) (Match, error) {
	defer c.writes.begin()()
	q := c.queue(c.usual(ctx, s), role)
	var row Match
	result := q.do(&pendingWrite{ctx: ctx, verb: verbSet, task: func(ctx context.Context) (err error) {
		row, err = q.setNotes(ctx, resolved, notes, allowLockout)
		return err
	}})
	return row, result.err
}

func (q *roleQueue) setNotes(ctx context.Context, resolved FQN, notes string, allowLockout bool) (Match, error) {
	if notes != "" {
		r, err := q.addOne(ctx, resolved, notes)
		if err != nil || r.Grant == nil || r.Grant.Notes == notes || r.Grant.NotesHidden {
			return r, err
		}
	}
	if err := q.dropOne(ctx, resolved, allowLockout); err != nil {
		return Match{}, err
	}
	// The role is gone now: granting it again outlasts the caller's context.
	restore, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.options.Retry.Write)
	defer cancel()
	r, err := q.addOne(restore, resolved, notes)
	if err != nil {
		return Match{}, fmt.Errorf("the grant was dropped to change its notes and could not be added again: %w", err)
	}
	return r, nil
}

// addOne and dropOne are for tasks, which run in the queue's own goroutine.
func (q *roleQueue) addOne(ctx context.Context, f FQN, notes string) (Match, error) {
	w := &pendingWrite{ctx: ctx, principal: f, notes: notes, done: make(chan writeResult, 1)}
	q.add(ctx, []*pendingWrite{w})
	r := <-w.done
	return r.resolved, r.err
}

func (q *roleQueue) dropOne(ctx context.Context, f FQN, allowLockout bool) error {
	w := &pendingWrite{ctx: ctx, principal: f, allowLockout: allowLockout, done: make(chan writeResult, 1)}
	q.dropAlways(ctx, []*pendingWrite{w})
	return (<-w.done).err
}

// add sends one .add, and completes each write with its row.
func (q *roleQueue) add(ctx context.Context, batch []*pendingWrite) {
	list, failed := q.apply(ctx, verbAdd, principalsOf(batch), batch[0].notes)
	var added []*pendingWrite
	for _, w := range batch {
		if err := failed[w.principal.key()]; err != nil {
			w.complete(writeResult{err: err})
			continue
		}
		added = append(added, w)
	}
	if len(added) == 0 {
		return
	}
	names := principalsOf(added)
	resolved := q.client.Resolve(ctx, list, q.role, names, true)
	q.markGranted(names, resolved, batch[0].notes)
	for _, w := range added {
		r := resolved[slices.IndexFunc(names, w.principal.Equal)]
		if !r.Held() {
			w.complete(writeResult{err: notListed(w.principal)})
			continue
		}
		w.complete(writeResult{resolved: r})
	}
}

func notListed(f FQN) *Error {
	return &Error{Reason: ErrNotApplied, Message: "Kusto accepted the command, but its answer does not list " + f.String()}
}

// namedGrant is a principal that this run has granted a role, with its notes.
type namedGrant struct {
	principal FQN
	notes     string
}

// markGranted records principals that this run has granted the role, by their names
// and by their resolved FQNs.
func (q *roleQueue) markGranted(names []FQN, resolved []Match, notes string) {
	for i, r := range resolved {
		if r.Held() {
			q.granted[names[i].key()] = true
		}
		if r.Grant != nil {
			q.granted[r.Grant.Principal.key()] = true
		}
		if r.Ambiguous {
			q.ambiguous[names[i].key()] = namedGrant{names[i], notes}
		}
	}
}

// drop completes the drops of principals that this run has granted the role, and
// sends the others.
func (q *roleQueue) drop(ctx context.Context, batch []*pendingWrite) {
	q.dropAlways(ctx, q.withoutGranted(ctx, batch))
}

// dropAlways sends the drops, and completes each write.
func (q *roleQueue) dropAlways(ctx context.Context, batch []*pendingWrite) {
	batch = q.withoutLockouts(ctx, batch)
	if len(batch) == 0 {
		return
	}
	failed := q.dropEach(ctx, principalsOf(batch))
	for _, w := range batch {
		w.complete(writeResult{err: failed[w.principal.key()]})
	}
}

// dropEach drops principals, and returns the error of each that still holds the role or
// may, by key. A grant that is not there is dropped: no document says whether .drop of an
// absent principal is an error, and a try that was cut off may have done the work.
func (q *roleQueue) dropEach(ctx context.Context, principals []FQN) map[string]error {
	list, failed := q.applyAll(ctx, verbDrop, principals)
	current := sync.OnceValues(func() (*PrincipalList, error) {
		q.client.cache.invalidate(q.securable)
		return q.client.Principals(ctx, q.securable)
	})
	for _, f := range principals {
		err := failed[f.key()]
		switch {
		case err == nil:
			err = stillListed(list, q.role, f)
		case isAboutOnePrincipal(err):
			after, readErr := current()
			if errors.Is(readErr, ErrSecurableNotFound) || readErr == nil && !q.client.resolveOne(ctx, after, q.role, f).Held() {
				err = nil
			}
		case errors.Is(err, ErrSecurableNotFound):
			err = nil
		}
		if failed[f.key()] = err; err == nil {
			delete(failed, f.key())
		}
	}
	q.restore(ctx, principals, failed)
	return failed
}

// restore grants the role again to principals of this run that may have been among those
// that were dropped: nothing tells which row they are. A failure is that of the drops.
func (q *roleQueue) restore(ctx context.Context, dropped []FQN, failed map[string]error) {
	for _, granted := range q.ambiguous {
		i := slices.IndexFunc(dropped, func(f FQN) bool { return !(&Grant{Principal: f}).IsNot(granted.principal) })
		if i < 0 {
			continue
		}
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.options.Retry.Write)
		_, errs := q.apply(lasting, verbAdd, []FQN{granted.principal}, granted.notes)
		cancel()
		if err := errs[granted.principal.key()]; err != nil {
			failed[dropped[i].key()] = fmt.Errorf("%s may have been dropped under another name, and could not be added again: %w", granted.principal, err)
		}
	}
}

// stillListed is the error of a .drop that Kusto accepted and that changed nothing.
func stillListed(list *PrincipalList, role Role, name FQN) error {
	if list == nil {
		return nil
	}
	g := list.Find(role, name)
	if g == nil {
		return nil
	}
	return &Error{Reason: ErrStillHeld, Message: fmt.Sprintf(
		"Kusto accepted the command and still lists %s (%s) among the %s of %s; a role that comes from a Fabric workspace or an item's sharing can only be removed there",
		g.DisplayName, g.Principal, role, list.Securable)}
}

// withoutGranted completes the drops of principals that this run has granted the
// role, and returns the others. Names may differ from those of the adds, so they are
// compared by the rows they stand for. An ambiguous name that may be one of them counts.
func (q *roleQueue) withoutGranted(ctx context.Context, batch []*pendingWrite) []*pendingWrite {
	if len(q.granted) == 0 {
		return batch
	}
	list, err := q.client.Principals(ctx, q.securable)
	isGranted := func(g *Grant) bool { return q.granted[g.Principal.key()] }
	return slices.DeleteFunc(batch, func(w *pendingWrite) bool {
		kept := q.granted[w.principal.key()]
		if !kept && err == nil {
			r := q.client.resolveOne(ctx, list, q.role, w.principal)
			kept = r.Grant != nil && isGranted(r.Grant) ||
				r.Ambiguous && slices.ContainsFunc(possibleRows(list.Direct(q.role), w.principal), isGranted)
		}
		if kept {
			w.complete(writeResult{kept: true})
		}
		return kept
	})
}

// leaving is the row of a principal that is dropped, or each that it may be.
func (q *roleQueue) leaving(ctx context.Context, list *PrincipalList, f FQN) []*Grant {
	r := q.client.resolveOne(ctx, list, q.role, f)
	switch {
	case r.Grant != nil:
		return []*Grant{r.Grant}
	case r.Ambiguous:
		return possibleRows(list.Direct(q.role), f)
	}
	return nil
}

// withoutLockouts completes the drops of admins that would lock someone out, each
// counted after the one before it, and returns the others.
func (q *roleQueue) withoutLockouts(ctx context.Context, batch []*pendingWrite) []*pendingWrite {
	if q.role != Admins || !slices.ContainsFunc(batch, func(w *pendingWrite) bool { return !w.allowLockout }) {
		return batch
	}
	list, err := q.client.Principals(ctx, q.securable)
	if errors.Is(err, ErrSecurableNotFound) {
		return batch // the drop itself finds that out
	}
	var leaving []*Grant
	return slices.DeleteFunc(batch, func(w *pendingWrite) bool {
		refused := err
		var rows []*Grant
		if err == nil {
			rows = q.leaving(ctx, list, w.principal)
		}
		for _, g := range rows {
			if refused == nil {
				refused = q.client.CheckLockout(ctx, list, Admins, append(slices.Clone(leaving), g), nil)
			}
		}
		if refused != nil && !w.allowLockout {
			w.complete(writeResult{err: refused})
			return true
		}
		if len(rows) == 1 {
			leaving = append(leaving, rows[0])
		}
		return false
	})
}

// apply sends one command for the principals. If it is refused because of one of
// them, the others are sent again: without the one that the error names, or else
// each in a command of its own. If it takes too long, they are sent in two halves. It
// returns the list after the last command that succeeded, and the error of each
// principal that failed, by key.
func (q *roleQueue) apply(ctx context.Context, v verb, principals []FQN, notes string) (*PrincipalList, map[string]error) {
	list, err := q.client.write(ctx, q.securable, writeCommand(v, q.securable, q.role, principals, notes))
	failed := make(map[string]error)
	if err == nil {
		return list, failed
	}
	named, parts := q.parts(principals, asError(err))
	for _, f := range named {
		failed[f.key()] = q.withPrerequisite(ctx, v, f, err)
	}
	for _, part := range parts {
		after, errs := q.apply(ctx, v, part, notes)
		maps.Copy(failed, errs)
		if after != nil {
			list = after
		}
	}
	return list, failed
}

// parts are the principals that a failed command failed for, and those that may
// succeed in other commands.
func (q *roleQueue) parts(principals []FQN, e *Error) (named []FQN, parts [][]FQN) {
	switch {
	case len(principals) == 1 || e.TimeUp != nil:
		return principals, nil
	case e.tookTooLong():
		half := (len(principals) + 1) / 2
		q.most = min(q.most, max(half, minPrincipals))
		return nil, slices.Collect(slices.Chunk(principals, half))
	case !isAboutOnePrincipal(e):
		return principals, nil
	}
	named, rest := splitBySubject(principals, e.Subject)
	if len(named) > 0 && len(rest) > 0 {
		return named, [][]FQN{rest}
	}
	return nil, slices.Collect(slices.Chunk(principals, 1))
}

// splitBySubject separates the principal that an error names from the others.
func splitBySubject(principals []FQN, subject string) (named, rest []FQN) {
	for _, f := range principals {
		if subject != "" && strings.EqualFold(subject, f.ID) {
			named = append(named, f)
		} else {
			rest = append(rest, f)
		}
	}
	return named, rest
}

// principalsOf are the batch's principals without duplicates.
func principalsOf(batch []*pendingWrite) []FQN {
	seen := make(map[string]bool, len(batch))
	principals := make([]FQN, 0, len(batch))
	for _, w := range batch {
		if key := w.principal.key(); !seen[key] {
			seen[key] = true
			principals = append(principals, w.principal)
		}
	}
	return principals
}
