// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"io"
	"net"
	"sync"
)

// relay copies both ways between the two ends of a tunnel to a host that the proxy does
// not serve, and closes both at the end.
func (c *connections) relay(near, far net.Conn) {
	c.add(near)
	c.add(far)
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
	c.remove(near)
	c.remove(far)
}
