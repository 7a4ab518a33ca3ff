// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"sync"
	"time"
)

// Reach is whether a host can be reached. The zero value is ready. A host that could not be
// for a while is not tried again in this run: everyone else hears the same error at once.
type Reach struct {
	mu sync.Mutex
	// ever is set by the first answer.
	ever bool
	// lost is the last failure, once the host counts as unreachable.
	lost *Error
}

func (r *Reach) reached() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ever, r.lost = true, nil
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

// lose makes the host count as unreachable.
func (r *Reach) lose(e *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = e
}

// outage measures how long a host has failed in the eyes of one caller: from the beginning of
// the first of its failures that no other result has come between.
type outage struct {
	host  *Reach
	since time.Time
}

// add records a failure of a host, and returns how long it may still be tried. Without any
// time left, it counts as unreachable.
func (o *outage) add(host *Reach, e *Error, limit time.Duration) (left time.Duration) {
	if o.host != host {
		if *o = (outage{host, e.began}); e.began.IsZero() {
			o.since = time.Now()
		}
	}
	if left = limit - time.Since(o.since); left <= 0 {
		host.lose(e)
	}
	return left
}
