// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"net"
	"net/http"
	"sync"
)

// connections are the open connections of all servers, and of relays.
type connections struct {
	mu      sync.Mutex
	open    map[net.Conn]bool
	closed  bool
	running sync.WaitGroup // one for each open connection
}

// track is an [http.Server.ConnState]. A connection is open until its goroutine ends.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.add(conn)
	case http.StateClosed, http.StateHijacked:
		c.remove(conn)
	default: // still open
	}
}

// add keeps a connection, and closes it after closeAll.
func (c *connections) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return
	}
	if c.open == nil {
		c.open = map[net.Conn]bool{}
	}
	c.open[conn] = true
	c.running.Add(1)
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[conn] {
		delete(c.open, conn)
		c.running.Done()
	}
}

// closeAll closes every connection, and returns when their goroutines have ended.
func (c *connections) closeAll() {
	c.mu.Lock()
	c.closed = true
	for conn := range c.open {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.running.Wait()
}
