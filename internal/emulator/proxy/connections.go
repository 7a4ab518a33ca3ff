// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"net"
	"net/http"
	"sync"
)

// connections are the open connections of all servers.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	idle *sync.Cond // signalled when no connection is open
}

// track is an [http.Server.ConnState]. A connection is open until its goroutine ends.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if c.open == nil {
			c.open = map[net.Conn]bool{}
		}
		c.open[conn] = true
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
		if len(c.open) == 0 && c.idle != nil {
			c.idle.Broadcast()
		}
	default: // still open
	}
}

// closeAll closes every connection, and returns when their goroutines have ended.
// The servers must have stopped accepting connections.
func (c *connections) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.Close()
	}
	c.idle = sync.NewCond(&c.mu)
	for len(c.open) > 0 {
		c.idle.Wait()
	}
}
