// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// The reasons for which a command that the service accepted counts as failed.
const (
	// ErrNotApplied: the service accepted the command, and its answer does not show
	// the change.
	ErrNotApplied mgmt.Reason = "not applied"
	// ErrStillHeld: the service accepted a .drop, and the principal still holds the role.
	ErrStillHeld mgmt.Reason = "still held"
)

// ErrDeleted means that the service refused a .drop because Microsoft Entra ID does not know the
// principal, and it could not be removed in another way. Unlike a new principal, it will not
// appear.
const ErrDeleted mgmt.Reason = "deleted principal"

// sendAdds adds principals, and returns a result with its row for each, in order.
func (q *roleQueue) sendAdds(ctx context.Context, principals []FQN, notes string) []writeResult {
	asked := unique(principals)
	list, failed := q.sendInParts(ctx, mgmt.Add, asked, notes)
	list = q.confirmAdds(ctx, list, asked, failed)
	added := without(asked, failed)
	matches := make(map[PrincipalKey]Match, len(added))
	if len(added) > 0 {
		rows := q.client.Resolve(ctx, list, q.role, added, true)
		q.markGranted(added, rows, func(FQN) string { return notes })
		for i, f := range added {
			matches[f.Key()] = rows[i]
		}
	}
	results := make([]writeResult, len(principals))
	for i, f := range principals {
		results[i] = writeResult{match: matches[f.Key()], err: failed[f.Key()]}
		if results[i].err == nil && !results[i].match.Held() {
			results[i].err = notListed(f)
		}
	}
	return results
}

// confirmAdds reads the list once more if the answers to the adds could not be read, or do not
// list everyone who was added, and returns it: what counts is who holds the role.
func (q *roleQueue) confirmAdds(ctx context.Context, list *PrincipalList, principals []FQN, failed map[PrincipalKey]error) *PrincipalList {
	isUnread := func(f FQN) bool { return errors.Is(failed[f.Key()], mgmt.ErrUnexpectedAnswer) }
	isUnlisted := func(f FQN) bool {
		return failed[f.Key()] == nil && len(possibleRows(list.Direct(q.role), f)) == 0
	}
	if !slices.ContainsFunc(principals, func(f FQN) bool { return isUnread(f) || isUnlisted(f) }) {
		return list
	}
	again, err := q.readAgain(ctx)
	if err != nil {
		return list
	}
	for _, f := range principals {
		if isUnread(f) && q.resolve(ctx, again, f).Grant != nil {
			delete(failed, f.Key())
		}
	}
	return again
}

// readAgain reads the list once more. An answer is there already that it explains, so it is not
// tried for as long as a command.
func (q *roleQueue) readAgain(ctx context.Context) (*PrincipalList, error) {
	q.client.cache.invalidate(q.securable)
	return q.client.PrincipalsSoon(ctx, q.securable)
}

func notListed(f FQN) *mgmt.Error {
	return &mgmt.Error{Reason: ErrNotApplied, Message: "Kusto accepted the command, but its answer does not list " + f.String()}
}

// markGranted records principals that this run has granted the role, by their names
// and by their rows.
func (q *roleQueue) markGranted(names []FQN, matches []Match, notesOf func(FQN) string) {
	for i, m := range matches {
		if m.Held() {
			q.granted[names[i].Key()] = true
		}
		if m.Grant != nil {
			q.granted[m.Grant.Principal.Key()] = true
		}
		if m.Ambiguous {
			q.ambiguous[names[i].Key()] = NamedGrant{names[i], notesOf(names[i])}
		}
	}
}

// expect records principals that are to be restored like those that this run has granted.
func (q *roleQueue) expect(grants []NamedGrant) {
	for _, g := range grants {
		if _, known := q.ambiguous[g.Principal.Key()]; !known {
			q.ambiguous[g.Principal.Key()] = g
		}
	}
}

// keeps reports whether a grant is not to be dropped: this run has granted it, or another
// resource declares it.
func (q *roleQueue) keeps(g *Grant, o DropOptions) bool {
	return q.granted[g.Principal.Key()] || o.Keep != nil && o.Keep(g)
}

// keepsAll reports whether every row that a drop may take is to be kept: it is not sent then.
// If only some are, those are added again after it, because Kusto decides which one it takes.
func (q *roleQueue) keepsAll(rows []*Grant, o DropOptions) bool {
	var kept []NamedGrant
	for _, g := range rows {
		if q.keeps(g, o) {
			kept = append(kept, NamedGrant{g.Principal, g.Notes})
		}
	}
	if len(kept) == len(rows) {
		return len(rows) > 0
	}
	q.expect(kept)
	return false
}

// skipKept decides the drops of grants that are to be kept. Names may differ from those of
// the adds, so they are compared by the rows they stand for. Without the rows, nothing is
// dropped.
func (q *roleQueue) skipKept(ctx context.Context, batch []*pendingWrite, results []writeResult) {
	current := sync.OnceValues(func() (*PrincipalList, error) { return q.client.Principals(ctx, q.securable) })
	for i, w := range batch {
		q.expect(w.drop.Restore)
		if w.drop.Keep == nil && len(q.granted) == 0 {
			continue
		}
		if results[i].skipped = q.keeps(&Grant{Role: q.role, Principal: w.principal}, w.drop); results[i].skipped {
			continue
		}
		list, err := current()
		switch {
		case err == nil:
			results[i].skipped = q.keepsAll(q.rowsOf(ctx, list, w.principal), w.drop)
		case !errors.Is(err, mgmt.ErrSecurableNotFound): // the drop itself finds that out
			results[i].err = err
		}
	}
}

// resolve is [Client.Resolve] for one name that may not hold the role.
func (q *roleQueue) resolve(ctx context.Context, list *PrincipalList, name FQN) Match {
	return q.client.Resolve(ctx, list, q.role, []FQN{name}, false)[0]
}

// rowsOf is the row of a principal that is dropped, or each that it may be.
func (q *roleQueue) rowsOf(ctx context.Context, list *PrincipalList, f FQN) []*Grant {
	r := q.resolve(ctx, list, f)
	switch {
	case r.Grant != nil:
		return []*Grant{r.Grant}
	case r.Ambiguous:
		return possibleRows(list.Direct(q.role), f)
	}
	return nil
}

// sendDrops sends the drops that are not decided yet, except those that would lock someone
// out, and decides all.
func (q *roleQueue) sendDrops(ctx context.Context, batch []*pendingWrite, results []writeResult) {
	q.refuseLockouts(ctx, batch, results)
	var principals []FQN
	for i, w := range batch {
		if !results[i].decided() {
			principals = append(principals, w.principal)
		}
	}
	failed := q.revoke(ctx, unique(principals))
	for i, w := range batch {
		if !results[i].decided() {
			results[i].err = failed[w.principal.Key()]
		}
	}
}

// decided reports whether a drop is not to be sent.
func (r writeResult) decided() bool { return r.skipped || r.err != nil }

// revoke drops principals, and returns the error of each that still holds the role or
// may, by key. A grant that is not there is dropped: no document says whether .drop of an
// absent principal is an error, and a try that was cut off may have done the work.
func (q *roleQueue) revoke(ctx context.Context, principals []FQN) map[PrincipalKey]error {
	before := q.client.cache.known(q.securable)
	list, failed := q.sendAll(ctx, mgmt.Drop, principals, "")
	current := sync.OnceValues(func() (*PrincipalList, error) { return q.readAgain(ctx) })
	var deleted []*Grant // whom Microsoft Entra ID no longer knows
	for _, f := range principals {
		err := failed[f.Key()]
		switch {
		case err == nil:
			if err = stillListed(list, q.role, f); err == nil {
				break
			}
			if after, readErr := current(); readErr == nil {
				err = stillListed(after, q.role, f)
			}
		case isAboutOnePrincipal(err), errors.Is(err, mgmt.ErrUnexpectedAnswer):
			after, readErr := current()
			if readErr != nil {
				break
			}
			switch m := q.resolve(ctx, after, f); {
			case !m.Held(), m.Ambiguous && q.isGone(before, after, f, principals):
				err = nil
			case m.Grant != nil && isPrincipalNotFound(err):
				deleted = append(deleted, m.Grant)
			}
		case errors.Is(err, mgmt.ErrSecurableNotFound):
			err = nil
		}
		if failed[f.Key()] = err; err == nil {
			delete(failed, f.Key())
		}
	}
	isRemoved := len(deleted) > 0 && q.removeDeleted(ctx, deleted) == nil
	for key, err := range failed {
		switch {
		case !isPrincipalNotFound(err):
		case isRemoved:
			delete(failed, key)
		default:
			refused := *mgmt.AsError(err)
			refused.Reason = ErrDeleted
			failed[key] = &refused
		}
	}
	q.restore(ctx, list, principals, failed)
	return failed
}

// isGone reports whether a row that an ambiguous name may be is gone, and no other of the
// dropped principals explains that: a try that was cut off has dropped it.
func (q *roleQueue) isGone(before, after *PrincipalList, name FQN, dropped []FQN) bool {
	if before == nil {
		return false
	}
	return slices.ContainsFunc(possibleRows(before.Direct(q.role), name), func(g *Grant) bool {
		return after.Find(q.role, g.Principal) == nil && !isAny(dropped, g)
	})
}

// restore grants the role again to principals that may have been among those that were
// dropped, unless the list after it shows them. A failure is that of the drops.
func (q *roleQueue) restore(ctx context.Context, list *PrincipalList, dropped []FQN, failed map[PrincipalKey]error) {
	for _, granted := range q.ambiguous {
		i := slices.IndexFunc(dropped, func(f FQN) bool { return !(&Grant{Principal: f}).IsNot(granted.Principal) })
		if i < 0 || list != nil && list.Find(q.role, granted.Principal) != nil {
			continue
		}
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.conn.WriteLimit())
		_, errs := q.sendInParts(lasting, mgmt.Add, []FQN{granted.Principal}, granted.Notes)
		cancel()
		if err := errs[granted.Principal.Key()]; err != nil {
			failed[dropped[i].Key()] = fmt.Errorf("%s may have been dropped under another name, and could not be added again: %w", granted.Principal, err)
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
	return &mgmt.Error{Reason: ErrStillHeld, Message: fmt.Sprintf(
		"Kusto accepted the command and still lists %s (%s) among the %s of %s; a role that comes from a Fabric workspace or an item's sharing can only be removed there",
		g.DisplayName, g.Principal, role, list.Securable)}
}

// sendInParts sends one command for the principals. If it is refused because of one of
// them, the others are sent again: without the one that the error names, or else
// each in a command of its own. If it takes too long, they are sent in two halves. It
// returns the list after the last command that succeeded, and the error of each
// principal that failed, by key.
func (q *roleQueue) sendInParts(ctx context.Context, v mgmt.Verb, principals []FQN, notes string) (*PrincipalList, map[PrincipalKey]error) {
	list, err := q.client.write(ctx, q.securable, WriteCommand(v, q.securable, q.role, principals, notes), len(principals))
	failed := make(map[PrincipalKey]error)
	if err == nil {
		return list, failed
	}
	named, parts := q.parts(principals, mgmt.AsError(err))
	for _, f := range named {
		failed[f.Key()] = err
		if v == mgmt.Add {
			failed[f.Key()] = q.client.withPrerequisite(ctx, q.securable, q.role, f, err)
		}
	}
	for _, part := range parts {
		after, errs := q.sendInParts(ctx, v, part, notes)
		maps.Copy(failed, errs)
		if after != nil {
			list = after
		}
	}
	return list, failed
}

// parts are the principals that a failed command failed for, and those that may
// succeed in other commands.
func (q *roleQueue) parts(principals []FQN, e *mgmt.Error) (named []FQN, parts [][]FQN) {
	switch {
	case len(principals) == 1 || e.TimeUp != nil:
		return principals, nil
	case e.TimedOut():
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
		if subject != "" && SameName(subject, f.ID) {
			named = append(named, f)
		} else {
			rest = append(rest, f)
		}
	}
	return named, rest
}

// sendAll is sendInParts for any number of principals.
func (q *roleQueue) sendAll(ctx context.Context, v mgmt.Verb, principals []FQN, notes string) (list *PrincipalList, failed map[PrincipalKey]error) {
	failed = make(map[PrincipalKey]error)
	for len(principals) > 0 {
		n := min(len(principals), q.most)
		after, errs := q.sendInParts(ctx, v, principals[:n], notes)
		principals = principals[n:]
		if after != nil {
			list = after
		}
		maps.Copy(failed, errs)
	}
	return list, failed
}

// unique are the principals without duplicates, in order.
func unique(principals []FQN) []FQN {
	seen := make(map[PrincipalKey]bool, len(principals))
	return slices.DeleteFunc(slices.Clone(principals), func(f FQN) bool {
		known := seen[f.Key()]
		seen[f.Key()] = true
		return known
	})
}

// isAboutOnePrincipal reports whether a command with several principals may have
// been refused because of one of them: the refusal is about the command's content,
// and not about its sender, its securable, its size or the cluster.
func isAboutOnePrincipal(err error) bool {
	e := mgmt.AsError(err)
	if e.Status == http.StatusConflict || e.Status == http.StatusRequestEntityTooLarge {
		return false
	}
	return e.Reason == mgmt.ErrPrincipalNotFound || e.Reason == mgmt.ErrSyntax || e.Reason == mgmt.ErrRefused
}
