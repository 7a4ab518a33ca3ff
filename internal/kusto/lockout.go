// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// ErrLockout is the reason if the change would remove the caller's, or everyone's, admin access.
const ErrLockout mgmt.Reason = "lockout"

// isAdmin reports whether the row makes its principal an admin of the securable.
// Inherited rows count: "Database Samples Admin", "AllDatabasesAdmin".
func (g *Grant) isAdmin() bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimSpace(g.RoleText)), "admin")
}

// CheckLockout returns an [ErrLockout] if a change to the direct admins of a
// securable would leave it without an admin, or take the caller's own admin access
// away. Removed are the grants that the change takes away, added the principals that it
// grants the role. For a role that makes nobody an admin it returns nil.
func (c *Client) CheckLockout(ctx context.Context, list *PrincipalList, role Role, removed []*Grant, added []FQN) error {
	if !role.IsAdmin() || len(removed) == 0 {
		return nil
	}
	caller, err := c.callerPrincipals(ctx)
	if err != nil {
		return err
	}
	return lockout(list, caller, removed, added)
}

// mayBeAbsent reports whether nobody is locked out while the grant is dropped to be added
// again. It is false for each admin grant of the caller, and if that is not known.
func (q *roleQueue) mayBeAbsent(ctx context.Context, list *PrincipalList, g *Grant) bool {
	if !g.Role.IsAdmin() {
		return true
	}
	caller, err := q.client.callerPrincipals(ctx)
	return err == nil && !isAny(caller, g) && lockout(list, caller, []*Grant{g}, nil) == nil
}

// lockout is CheckLockout for a known caller.
func lockout(list *PrincipalList, caller []FQN, removed []*Grant, added []FQN) error {
	isCaller := func(g *Grant) bool { return isAny(caller, g) }
	var anyone, callerWas, callerKept bool
	var groupRemoved *Grant
	count := func(g *Grant, isRemoved bool) {
		callerWas = callerWas || isCaller(g)
		if isRemoved {
			if g.Principal.Type == Group {
				groupRemoved = g
			}
			return
		}
		anyone = true
		callerKept = callerKept || isCaller(g)
	}
	for i := range list.Grants {
		if g := &list.Grants[i]; g.isAdmin() {
			count(g, !g.Inherited && slices.Contains(removed, g))
		}
	}
	for _, f := range added {
		count(&Grant{Principal: f}, false)
	}
	const meant = "; if that is intended, set allow_lockout = true on this resource, apply, and try again"
	switch {
	case !anyone:
		return &mgmt.Error{Reason: ErrLockout, Message: fmt.Sprintf("%s would have no admin left%s", list.Securable, meant)}
	case callerWas && !callerKept:
		return &mgmt.Error{Reason: ErrLockout, Message: fmt.Sprintf("the identity that runs Terraform would no longer be an admin of %s%s", list.Securable, meant)}
	case !callerKept && groupRemoved != nil:
		return &mgmt.Error{Reason: ErrLockout, Message: fmt.Sprintf(
			"the identity that runs Terraform is not an admin of %s by itself, so it may be one as a member of the group %q%s",
			list.Securable, groupRemoved.DisplayName, meant)}
	}
	return nil
}

// isAny reports whether a row proves to be one of the principals.
func isAny(principals []FQN, g *Grant) bool { return slices.ContainsFunc(principals, g.Is) }

// refuseLockouts decides the drops of admins that would lock someone out, each counted
// after the one before it.
func (q *roleQueue) refuseLockouts(ctx context.Context, batch []*pendingWrite, results []writeResult) {
	if !q.role.IsAdmin() || !slices.ContainsFunc(batch, func(w *pendingWrite) bool { return !w.drop.AllowLockout }) {
		return
	}
	list, err := q.client.Principals(ctx, q.securable)
	if errors.Is(err, mgmt.ErrSecurableNotFound) {
		return // the drop itself finds that out
	}
	var removed []*Grant
	for i, w := range batch {
		if results[i].decided() {
			continue
		}
		refused := err
		var rows []*Grant
		if err == nil {
			rows = q.rowsOf(ctx, list, w.principal)
		}
		for _, g := range rows {
			if refused == nil {
				refused = q.client.CheckLockout(ctx, list, q.role, append(slices.Clone(removed), g), nil)
			}
		}
		if refused != nil && !w.drop.AllowLockout {
			results[i].err = refused
			continue
		}
		if len(rows) == 1 {
			removed = append(removed, rows[0])
		}
	}
}

// activity counts the writes to a cluster that are under way, waits between tries
// included.
type activity struct {
	mu      sync.Mutex
	running int
	// changed is closed when running changes.
	changed chan struct{}
}

// begin counts a write until the returned function is called.
func (a *activity) begin() (done func()) {
	a.add(1)
	return func() { a.add(-1) }
}

func (a *activity) add(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running += n
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
}

// now returns how many writes are under way, and a channel that is closed when that
// changes.
func (a *activity) now() (running int, changed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.changed == nil {
		a.changed = make(chan struct{})
	}
	return a.running, a.changed
}

// quiet waits until no write has been under way for a while; false if ctx was done
// first.
func (a *activity) quiet(ctx context.Context, while time.Duration) bool {
	for {
		running, changed := a.now()
		var over <-chan time.Time
		if running == 0 {
			over = time.After(while)
		}
		select {
		case <-over:
			return true
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// inTurn returns when a write that takes the role from grants may go, and counts it. A
// write that takes the caller's own admin access waits for a quiet moment: after it, the
// cluster may refuse all others. It does not wait for a write that has not begun, such as
// one that Terraform starts only after a slow resource is gone.
func (c *Client) inTurn(ctx context.Context, s Securable, role Role, allowLockout bool, removes func(*Grant) bool) (done func(), err error) {
	if role.IsAdmin() && allowLockout && c.takesOwnAccess(ctx, s, role, removes) && !c.writes.quiet(ctx, c.waits.Quiet) {
		return nil, c.conn.GaveUp(ctx, nil)
	}
	return c.writes.begin(), nil
}

// takesOwnAccess reports whether the caller's own admin grant is among those that
// are removed. Failures are left to the write itself.
func (c *Client) takesOwnAccess(ctx context.Context, s Securable, role Role, removes func(*Grant) bool) bool {
	list, err := c.PrincipalsSoon(ctx, s)
	if err != nil {
		return false
	}
	caller, err := c.callerPrincipals(ctx)
	if err != nil {
		return false
	}
	for _, g := range list.Direct(role) {
		if removes(g) && isAny(caller, g) {
			return true
		}
	}
	return false
}
