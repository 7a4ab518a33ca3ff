// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// RoleChange is a change of a role's whole list of principals.
type RoleChange struct {
	Securable Securable
	Role      Role
	// Principals are the ones that hold the role after the change.
	Principals []FQN
	// Removed are the ones that lose the role. Nobody else does.
	Removed []FQN
	// Ignored are principals that are neither added nor dropped.
	Ignored []FQN
	// Notes are those of some of the Principals after the change. The others keep theirs. A row
	// that has other notes after it was not dropped, to be added again, because that could lock
	// someone out, or the service stores them differently.
	Notes []GrantNotes
	DropOptions
}

// GrantNotes are the notes that a grant is to have. Stored is what the service is known to make
// of them, nil if it stores them as they are. A row that has that is left alone.
type GrantNotes struct {
	Principal FQN
	Notes     string
	Stored    *string
}

// SetRole adds the principals that are missing from a role, and then drops those that are
// to be removed. It touches no other grant, so their notes are kept and nobody is without
// access in between. A principal that Microsoft Entra ID does not show yet is retried until
// ctx is done, unless it holds the role; the other changes do not wait for it. After an
// error, the members are those that the role has.
func (c *Client) SetRole(ctx context.Context, change RoleChange) (members RoleMembers, err error) {
	change.Securable = c.canonical(ctx, change.Securable)
	change.Principals, change.Removed = c.tenants.OfAll(ctx, change.Principals), c.tenants.OfAll(ctx, change.Removed)
	change.Ignored = c.tenants.OfAll(ctx, change.Ignored)
	done, err := c.inTurn(ctx, change.Securable, change.Role, change.AllowLockout, func(g *Grant) bool { return isAny(change.Removed, g) })
	if err != nil {
		return members, err
	}
	defer done()
	q := c.queue(change.Securable, change.Role)
	cmd := WriteCommand(mgmt.Add, change.Securable, change.Role, change.Principals, "")
	var last error
	err = c.untilGranted(ctx, cmd, func() *mgmt.Error {
		result := q.doTask(ctx, func(ctx context.Context) writeResult { return q.setRole(ctx, change) })
		before := members
		if members = result.members; members.Matches == nil { // this try learned less
			members.Matches, members.Others = before.Matches, before.Others
		}
		members.Added, members.Dropped = append(before.Added, members.Added...), append(before.Dropped, members.Dropped...)
		if last = result.err; last == nil {
			return nil
		}
		return mgmt.AsError(last)
	})
	if err != nil && last != nil { // what is said before the error of the command is part of it
		if before, isWrapped := strings.CutSuffix(last.Error(), mgmt.AsError(last).Error()); isWrapped && before != "" {
			err = fmt.Errorf("%s%w", before, err)
		}
	}
	return members, err
}

// ClearRole is SetRole for a role that is no longer managed. A securable that does not exist
// has no grants.
func (c *Client) ClearRole(ctx context.Context, change RoleChange) (RoleMembers, error) {
	members, err := c.SetRole(ctx, change)
	if errors.Is(err, mgmt.ErrSecurableNotFound) {
		return RoleMembers{}, nil
	}
	return members, err
}

// Unmanaged are the grants of a role that are neither those of matched principals
// nor those of ignored ones. A grant that may be one of these counts as theirs.
func (c *Client) Unmanaged(ctx context.Context, list *PrincipalList, role Role, matches []Match, ignored []FQN) []*Grant {
	unmanaged := list.without(role, matches)
	if len(ignored) == 0 || len(unmanaged) == 0 {
		return unmanaged
	}
	isIgnored := c.Resolve(ctx, list, role, ignored, false)
	return slices.DeleteFunc(unmanaged, func(g *Grant) bool {
		return slices.ContainsFunc(isIgnored, func(m Match) bool { return m.Grant == g || slices.Contains(m.possible, g) })
	})
}

// setRole makes the changes that can be made now.
func (q *roleQueue) setRole(ctx context.Context, change RoleChange) writeResult {
	list, err := q.client.Principals(ctx, q.securable)
	if err != nil {
		return writeResult{err: err}
	}
	q.expect(change.Restore)
	matches := q.client.Resolve(ctx, list, q.role, change.Principals, false)
	missing := missingOf(change.Principals, matches)
	if !change.AllowLockout {
		removed := rowsOfAll(q.removals(ctx, list, change, matches))
		if err := q.client.CheckLockout(ctx, list, q.role, removed, missing); err != nil {
			return writeResult{err: err}
		}
	}
	notes := q.notesOf(ctx, change)
	after, failed := q.sendByNotes(ctx, missing, notes)
	after = q.confirmAdds(ctx, after, missing, failed)
	members := RoleMembers{Added: without(missing, failed)}
	for i, m := range matches {
		members.leaveUnknown(m.Grant, change.Principals[i].Key(), failed)
	}
	if after != nil {
		list = after
		matches = q.resolveAdded(ctx, list, change.Principals, matches, failed)
	}
	q.markGranted(change.Principals, matches, func(f FQN) string { return notes[f.Key()].Notes })
	for i, m := range matches {
		if key := change.Principals[i].Key(); !m.Held() && failed[key] == nil {
			failed[key] = notListed(change.Principals[i])
		}
	}
	members.Matches = matches
	notDropped := q.dropRemoved(ctx, list, change, &members)
	unchanged := q.changeNotes(ctx, change.Principals, notes, &members)
	return writeResult{members: members, err: firstError(failed, notDropped, unchanged)}
}

// resolveAdded resolves the principals of a role after the missing ones were added. One that
// could not be added does not hold the role, as far as is known, and no row that it may be is
// anybody else's.
func (q *roleQueue) resolveAdded(ctx context.Context, list *PrincipalList, names []FQN, before []Match, failed map[PrincipalKey]error) []Match {
	matches := make([]Match, len(names))
	var granted []FQN
	var at []int
	for i, f := range names {
		if failed[f.Key()] == nil {
			granted, at = append(granted, f), append(at, i)
			continue
		}
		if !before[i].Ambiguous { // Kusto said that it does not hold the role, or does not know it
			continue
		}
		for _, g := range before[i].possible {
			if row := list.Find(q.role, g.Principal); row != nil {
				matches[i].possible = append(matches[i].possible, row)
			}
		}
	}
	for i, r := range q.client.Resolve(ctx, list, q.role, granted, true) {
		matches[at[i]] = r
	}
	return matches
}

// removal is a principal that a change removes, as commands name it, and the rows that it is
// or may be.
type removal struct {
	name FQN
	rows []*Grant
}

// uncertain are the grants that the change was to remove and keeps, because each may be that of
// a principal that no row identifies.
func (q *roleQueue) uncertain(list *PrincipalList, change RoleChange, matches []Match) (kept []*Grant) {
	possible := make(map[*Grant]bool)
	for _, m := range matches {
		for _, g := range m.possible {
			possible[g] = true
		}
	}
	for _, f := range unique(change.Removed) {
		if g := list.Find(q.role, f); possible[g] && !q.keeps(g, change.DropOptions) {
			kept = append(kept, g)
		}
	}
	return kept
}

// removals are those of Removed that hold the role, and that are neither one of the
// principals, nor ignored, nor kept. A row that may be a principal's is not removed. A name
// that no row identifies is: Kusto knows whom it means.
func (q *roleQueue) removals(ctx context.Context, list *PrincipalList, change RoleChange, matches []Match) (removals []removal) {
	if len(change.Removed) == 0 {
		return nil
	}
	isOther := make(map[*Grant]bool)
	for _, g := range list.without(q.role, matches) {
		isOther[g] = !isAny(change.Ignored, g)
	}
	removed := unique(change.Removed)
	for i, m := range q.client.Resolve(ctx, list, q.role, removed, false) {
		r := removal{removed[i], m.possible}
		if m.Grant != nil {
			r = removal{m.Grant.Principal, []*Grant{m.Grant}}
		}
		isOne := m.Grant != nil && !isOther[m.Grant] || slices.ContainsFunc(change.Principals, r.name.Equal)
		if m.Held() && !isOne && !q.keepsAll(r.rows, change.DropOptions) {
			removals = append(removals, r)
		}
	}
	return removals
}

// dropRemoved drops whom the change removes, completes the members, and returns the errors
// by key.
func (q *roleQueue) dropRemoved(ctx context.Context, list *PrincipalList, change RoleChange, members *RoleMembers) (failed map[PrincipalKey]error) {
	removals := q.removals(ctx, list, change, members.Matches)
	if len(removals) > 0 && !change.AllowLockout {
		if err := q.client.CheckLockout(ctx, list, q.role, rowsOfAll(removals), nil); err != nil {
			failed, removals = map[PrincipalKey]error{{}: err}, nil
		}
	}
	names := make([]FQN, len(removals))
	for i, r := range removals {
		names[i] = r.name
	}
	if names = unique(names); len(names) > 0 {
		failed = q.revoke(ctx, names)
	}
	members.Dropped, members.Uncertain = without(names, failed), q.uncertain(list, change, members.Matches)
	isDropped := make(map[*Grant]bool)
	for _, r := range removals {
		for _, g := range r.rows {
			isDropped[g] = failed[r.name.Key()] == nil
		}
	}
	members.Others = slices.DeleteFunc(q.client.Unmanaged(ctx, list, q.role, members.Matches, change.Ignored), func(g *Grant) bool { return isDropped[g] })
	return failed
}

func rowsOfAll(removals []removal) (rows []*Grant) {
	for _, r := range removals {
		rows = append(rows, r.rows...)
	}
	return rows
}

// without are the principals without those that failed.
func without(principals []FQN, failed map[PrincipalKey]error) []FQN {
	return slices.DeleteFunc(slices.Clone(principals), func(f FQN) bool { return failed[f.Key()] != nil })
}

// missingOf are the names that no row proves to hold the role by an id, each once. An
// ambiguous name is among them: the row that it may be can be somebody else's. So is a UPN: a
// user who was deleted and created again has the UPN of the old row, and no role.
func missingOf(names []FQN, matches []Match) []FQN {
	var missing []FQN
	for i, f := range names {
		g := matches[i].Grant
		if (g == nil || g.upn() != "" && g.upn() == fold(f.ID)) && !slices.ContainsFunc(missing, f.Equal) {
			missing = append(missing, f)
		}
	}
	return missing
}

// firstError returns the error of the first key. A grant that no command removes counts
// less than any other failure. Those that may pass with time come last: only for them it is
// worth trying again.
func firstError(all ...map[PrincipalKey]error) (first error) {
	rank := func(err error) int {
		switch {
		case mayBeGranted(err):
			return 2
		case errors.Is(err, ErrStillHeld):
			return 1
		}
		return 0
	}
	for _, failed := range all {
		for _, key := range slices.SortedFunc(maps.Keys(failed), PrincipalKey.compare) {
			if err := failed[key]; err != nil && (first == nil || rank(err) < rank(first)) {
				first = err
			}
		}
	}
	return first
}
