// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// RoleChange is a change of a role's whole list of principals.
type RoleChange struct {
	Securable Securable
	Role      Role
	// Principals are the ones that hold the role after the change.
	Principals []FQN
	// Ignored are principals that are neither added nor dropped.
	Ignored []FQN
	// AllowLockout permits a change that removes the caller's, or everyone's, admin
	// access.
	AllowLockout bool
}

// SetRole adds the principals that are missing from a role, and then drops those
// that are not wanted. It touches no other grant, so their notes stay and nobody is
// without access in between. A principal that Microsoft Entra ID does not show yet
// is retried until ctx is done; the other changes do not wait for it.
func (c *Client) SetRole(ctx context.Context, change RoleChange) (members RoleMembers, err error) {
	change.Securable = c.canonical(ctx, change.Securable)
	done, err := c.inTurn(ctx, change.Securable, change.Role, change.AllowLockout, change.removes)
	if err != nil {
		return members, err
	}
	defer done()
	q := c.queue(change.Securable, change.Role)
	cmd := WriteCommand(mgmt.Set, change.Securable, change.Role, nil, "")
	err = c.untilGranted(ctx, cmd, func() *mgmt.Error {
		result := q.doTask(ctx, func(ctx context.Context) writeResult { return q.setRole(ctx, change) })
		if result.members.Matches != nil || result.err == nil { // a later try may know less
			members = result.members
		}
		if result.err == nil {
			return nil
		}
		return mgmt.AsError(result.err)
	})
	return members, err
}

// removes reports whether a grant has neither a wanted principal nor an ignored one.
func (r RoleChange) removes(g *Grant) bool { return !isAny(r.Principals, g) && !isAny(r.Ignored, g) }

// Unmanaged are the grants of a role that are neither those of matched principals
// nor those of ignored ones. A grant that may be an ignored one counts as ignored.
func (c *Client) Unmanaged(ctx context.Context, list *PrincipalList, role Role, matches []Match, ignored []FQN) []*Grant {
	unmanaged := list.without(role, matches)
	if len(ignored) == 0 || len(unmanaged) == 0 {
		return unmanaged
	}
	isIgnored := make(map[*Grant]bool)
	rows := c.Resolve(ctx, list, role, ignored, false)
	for i, name := range ignored {
		isIgnored[rows[i].Grant] = true
		if rows[i].Ambiguous {
			for _, g := range possibleRows(unmanaged, name) {
				isIgnored[g] = true
			}
		}
	}
	return slices.DeleteFunc(unmanaged, func(g *Grant) bool { return isIgnored[g] })
}

// setRole makes the changes that can be made now.
func (q *roleQueue) setRole(ctx context.Context, change RoleChange) writeResult {
	list, err := q.client.Principals(ctx, q.securable)
	if err != nil {
		return writeResult{err: err}
	}
	matches := q.client.Resolve(ctx, list, q.role, change.Principals, false)
	missing := missingOf(change.Principals, matches)
	if !change.AllowLockout {
		if err := q.client.CheckLockout(ctx, list, q.role, q.client.Unmanaged(ctx, list, q.role, matches, change.Ignored), missing); err != nil {
			return writeResult{err: err}
		}
	}
	after, failed := q.sendAll(ctx, mgmt.Add, missing)
	if after != nil {
		list = after
		matches = q.resolveAdded(ctx, list, change.Principals, failed)
	}
	q.markGranted(change.Principals, matches, "")
	for i, m := range matches {
		if key := change.Principals[i].key(); !m.Held() && failed[key] == nil {
			failed[key] = notListed(change.Principals[i])
		}
	}
	others, dropped := q.dropUnmanaged(ctx, list, change, matches)
	return writeResult{members: RoleMembers{Matches: matches, Others: others}, err: firstError(failed, dropped)}
}

// resolveAdded resolves the principals of a role after the missing ones were added.
func (q *roleQueue) resolveAdded(ctx context.Context, list *PrincipalList, names []FQN, failed map[string]error) []Match {
	matches := make([]Match, len(names))
	var granted []FQN
	var at []int
	for i, f := range names {
		if failed[f.key()] == nil {
			granted, at = append(granted, f), append(at, i)
		}
	}
	for i, r := range q.client.Resolve(ctx, list, q.role, granted, true) {
		matches[at[i]] = r
	}
	return matches
}

// dropUnmanaged drops everyone from the role who is neither matches, nor ignored, nor
// granted the role by this run. It returns the grants that remain besides the matches
// and the ignored ones, and the errors by key.
func (q *roleQueue) dropUnmanaged(ctx context.Context, list *PrincipalList, change RoleChange, matches []Match) (others []*Grant, failed map[string]error) {
	var removed []*Grant
	for _, g := range q.client.Unmanaged(ctx, list, q.role, matches, change.Ignored) {
		if q.granted[g.Principal.key()] {
			others = append(others, g)
		} else {
			removed = append(removed, g)
		}
	}
	if len(removed) == 0 {
		return others, nil
	}
	if !change.AllowLockout {
		if err := q.client.CheckLockout(ctx, list, q.role, removed, nil); err != nil {
			return append(others, removed...), map[string]error{"": err}
		}
	}
	// A row that looks unmanaged may be an ambiguous name: then only Kusto knows.
	if !slices.ContainsFunc(matches, func(r Match) bool { return r.Ambiguous }) {
		failed = q.revoke(ctx, fqnsOf(removed))
		if !slices.ContainsFunc(slices.Collect(maps.Values(failed)), isPrincipalNotFound) {
			for _, g := range removed {
				if failed[g.Principal.key()] != nil {
					others = append(others, g)
				}
			}
			return others, failed
		}
	}
	return others, q.set(ctx, q.keptFQNs(list, change.Principals, matches, removed), removed)
}

// keptFQNs are the principals of the role without those that are removed: the matches ones by
// their names, all others by their rows.
func (q *roleQueue) keptFQNs(list *PrincipalList, names []FQN, matches []Match, removed []*Grant) []FQN {
	var kept []FQN
	for i, r := range matches {
		if r.Held() {
			kept = append(kept, names[i])
		}
	}
	for _, g := range list.without(q.role, matches) {
		if !slices.Contains(removed, g) {
			kept = append(kept, g.Principal)
		}
	}
	return kept
}

// set makes principals the role's whole list in one command, for what .drop cannot do:
// remove a principal that Microsoft Entra ID no longer knows, or everyone but principals
// whose rows are ambiguous. If it fails, each of the removed grants has the error.
func (q *roleQueue) set(ctx context.Context, principals []FQN, removed []*Grant) (failed map[string]error) {
	_, err := q.client.write(ctx, q.securable, WriteCommand(mgmt.Set, q.securable, q.role, principals, ""), 1)
	if err == nil {
		return nil
	}
	failed = make(map[string]error)
	for _, g := range removed {
		failed[g.Principal.key()] = mgmt.AsError(err).WithReason(mgmt.ErrRefused) // waiting does not bring the principal back
	}
	return failed
}

func isPrincipalNotFound(err error) bool { return errors.Is(err, mgmt.ErrPrincipalNotFound) }

func fqnsOf(grants []*Grant) []FQN {
	fqns := make([]FQN, len(grants))
	for i, g := range grants {
		fqns[i] = g.Principal
	}
	return fqns
}

// ClearRole takes a role from everyone but ignored principals and those that this client
// has granted it. Without any of these, it takes one command. A securable that does not
// exist has no grants.
func (c *Client) ClearRole(ctx context.Context, s Securable, role Role, ignored []FQN, allowLockout bool) error {
	s = c.canonical(ctx, s)
	change := RoleChange{Securable: s, Role: role, Ignored: ignored, AllowLockout: allowLockout}
	done, err := c.inTurn(ctx, s, role, allowLockout, change.removes)
	if err != nil {
		return err
	}
	defer done()
	q := c.queue(s, role)
	err = q.doTask(ctx, func(ctx context.Context) writeResult { return writeResult{err: q.clear(ctx, change)} }).err
	if errors.Is(err, mgmt.ErrSecurableNotFound) {
		return nil
	}
	return err
}

func (q *roleQueue) clear(ctx context.Context, change RoleChange) error {
	someKept := len(q.granted) > 0 || len(change.Ignored) > 0
	if someKept || q.role == Admins && !change.AllowLockout {
		list, err := q.client.Principals(ctx, q.securable)
		if err != nil {
			return err
		}
		if someKept {
			_, failed := q.dropUnmanaged(ctx, list, change, nil)
			return firstError(failed)
		}
		if err := q.client.CheckLockout(ctx, list, q.role, list.Direct(q.role), nil); err != nil {
			return err
		}
	}
	list, err := q.client.write(ctx, q.securable, WriteCommand(mgmt.Set, q.securable, q.role, nil, ""), 1)
	if err != nil {
		return err
	}
	if rest := list.Direct(q.role); len(rest) > 0 {
		return stillListed(list, q.role, rest[0].Principal)
	}
	return nil
}

// missingOf are the names that no row proves to hold the role, each once. An ambiguous name
// is among them: the row that it may be can be somebody else's.
func missingOf(names []FQN, matches []Match) []FQN {
	var missing []FQN
	for i, f := range names {
		if matches[i].Grant == nil && !slices.ContainsFunc(missing, f.Equal) {
			missing = append(missing, f)
		}
	}
	return missing
}

// firstError returns the error of the first key. Those that may pass with
// time come last: only for them it is worth trying again.
func firstError(all ...map[string]error) (first error) {
	for _, failed := range all {
		for _, key := range slices.Sorted(maps.Keys(failed)) {
			if err := failed[key]; err != nil && (first == nil || mayBeGranted(first) && !mayBeGranted(err)) {
				first = err
			}
		}
	}
	return first
}
