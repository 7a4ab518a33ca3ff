// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"context"
	"crypto/tls"
	"net"
)

type tunnelKey struct{}

// withTunnel puts the host of the tunnel into the context of its requests.
func withTunnel(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tunnel); ok {
		return context.WithValue(ctx, tunnelKey{}, t.host)
	}
	return ctx
}

// tunnel is the TLS connection that follows a CONNECT request.
type tunnel struct {
	*tls.Conn
	host string
}

// tunnels is the listener of the server that answers inside tunnels.
type tunnels struct {
	net.Listener // the proxy's

	queue chan net.Conn
	done  chan struct{}
}

func newTunnels(listener net.Listener) *tunnels {
	return &tunnels{Listener: listener, queue: make(chan net.Conn), done: make(chan struct{})}
}

func (t *tunnels) add(c net.Conn) {
	select {
	case t.queue <- c:
	case <-t.done:
		_ = c.Close()
	}
}

// Accept waits for the next tunnel.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.queue:
		return c, nil
	case <-t.done:
		return nil, net.ErrClosed
	}
}

// Close makes Accept fail. Its server calls it once.
func (t *tunnels) Close() error {
	close(t.done)
	return nil
}
