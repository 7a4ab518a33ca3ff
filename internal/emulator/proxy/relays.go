// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"io"
	"net"
	"sync"
)

// relays are the tunnels to hosts that the proxy does not serve.
type relays struct {
	mu      sync.Mutex
	open    map[net.Conn]bool
	closed  bool
	running sync.WaitGroup
}

// start copies between two connections until both have ended, or until closeAll.
func (r *relays) start(near, far net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_, _ = near.Close(), far.Close()
		return
	}
	if r.open == nil {
		r.open = map[net.Conn]bool{}
	}
	r.open[near], r.open[far] = true, true
	r.running.Go(func() {
		relay(near, far)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.open, near)
		delete(r.open, far)
	})
}

// closeAll closes every tunnel, and returns when their goroutines have ended.
func (r *relays) closeAll() {
	r.mu.Lock()
	r.closed = true
	for conn := range r.open {
		_ = conn.Close()
	}
	r.mu.Unlock()
	r.running.Wait()
}

// relay copies both ways, and closes both connections at the end.
func relay(near, far net.Conn) {
	var both sync.WaitGroup
	pass := func(to, from net.Conn) {
		_, err := io.Copy(to, from)
		half, ok := to.(interface{ CloseWrite() error })
		if err != nil || !ok || half.CloseWrite() != nil {
			_, _ = near.Close(), far.Close()
		}
	}
	both.Go(func() { pass(far, near) })
	both.Go(func() { pass(near, far) })
	both.Wait()
	_, _ = near.Close(), far.Close()
}
