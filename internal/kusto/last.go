// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"sync"
	"time"
)

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

// inTurn returns when a write that takes the role from the grants that leave may go,
// and counts it. A write that takes the caller's own admin access goes last: after it,
// the cluster may refuse all others.
func (c *Client) inTurn(ctx context.Context, s Securable, role Role, allowLockout bool, leaves func(*Grant) bool) (done func(), err error) {
	if role == Admins && allowLockout && c.takesOwnAccess(ctx, s, leaves) && !c.writes.quiet(ctx, c.options.Retry.Quiet) {
		return nil, c.gaveUp(ctx)
	}
	return c.writes.begin(), nil
}

// takesOwnAccess reports whether the caller's own admin grant is among those that
// leave. Failures are left to the write itself.
func (c *Client) takesOwnAccess(ctx context.Context, s Securable, leaves func(*Grant) bool) bool {
	list, err := c.Principals(ctx, s)
	if err != nil {
		return false
	}
	caller, err := c.callerPrincipals(ctx)
	if err != nil {
		return false
	}
	for _, g := range list.Direct(Admins) {
		if leaves(g) && isAny(caller, g) {
			return true
		}
	}
	return false
}
