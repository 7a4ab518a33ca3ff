// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"sync"
	"time"
)

// Reach is whether a host can be reached. The zero value is ready. A host that could not be for a while is not
// tried again in this run: everyone else hears the same error at once.
type Reach struct {
	mu sync.Mutex
	// ever is set by the first answer.
	ever bool
	// since is when the first of the failures began since the last answer.
	since time.Time
	// lost is the last failure, once the host counts as unreachable.
	lost *Error
}

func (r *Reach) reached() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ever, r.since, r.lost = true, time.Time{}, nil
}

func (r *Reach) answered() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ever
}

// unreachable is the error of everyone else, once the host counts as unreachable.
func (r *Reach) unreachable() *Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// failed records a failure of tries that began at started, and returns how long the host
// may still be tried. Without any time left, it counts as unreachable.
func (r *Reach) failed(e *Error, started time.Time, limit time.Duration) (left time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() || started.Before(r.since) {
		r.since = started
	}
	if left = limit - time.Since(r.since); left <= 0 {
		r.lost = e
	}
	return left
}
