package emulator

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// silent swallows the servers' complaints about connections that end early,
// which faults and closing cause on purpose.
var silent = log.New(io.Discard, "", 0)

// imdsAddress is where a virtual machine's identity endpoint lives. It speaks
// plain HTTP, so it reaches the proxy only where HTTP_PROXY is set.
const imdsAddress = "169.254.169.254"

// serveProxy answers CONNECT for known hosts, refuses everything else and records both.
func (e *Emulator) serveProxy(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		if r.URL.Hostname() == imdsAddress {
			e.recorded(e.IMDS()).ServeHTTP(w, r)
			return
		}
		e.record.connect(r.Host)
		http.Error(w, "this proxy serves only the hosts it emulates", http.StatusForbidden)
		return
	}
	e.record.connect(r.Host)
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port != "443" || e.handlerFor(host) == nil {
		http.Error(w, "no such host here: "+r.Host, http.StatusForbidden)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if buffered.Reader.Buffered() > 0 { // a client must wait for the answer
		_ = conn.Close()
		return
	}
	_ = conn.SetDeadline(time.Time{})
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	e.tunnels.add(&tunnel{Conn: tls.Server(conn, e.certificates.configFor(host)), host: strings.ToLower(host)})
}

// serveHosts answers what came through a tunnel, by the name the tunnel was asked for.
func (e *Emulator) serveHosts(w http.ResponseWriter, r *http.Request) {
	host, _ := r.Context().Value(tunnelKey{}).(string)
	h := e.handlerFor(host)
	if h == nil || !strings.EqualFold(strings.TrimSuffix(r.Host, ":443"), host) {
		http.Error(w, "misdirected request", http.StatusMisdirectedRequest)
		return
	}
	e.recorded(h).ServeHTTP(w, r)
}

type tunnelKey struct{}

// rememberTunnel puts the host of the tunnel into its requests' context.
func rememberTunnel(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tunnel); ok {
		return context.WithValue(ctx, tunnelKey{}, t.host)
	}
	return ctx
}

// tunnel is a TLS connection that was asked for by CONNECT.
type tunnel struct {
	*tls.Conn
	host string
}

// tunnels is the listener through which accepted tunnels reach the inner server.
type tunnels struct {
	addr  net.Addr
	queue chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newTunnels(addr net.Addr) *tunnels {
	return &tunnels{addr: addr, queue: make(chan net.Conn), done: make(chan struct{})}
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

// Close makes Accept fail from now on.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.done) })
	return nil
}

// Addr is the proxy's own address.
func (t *tunnels) Addr() net.Addr { return t.addr }

// connections counts those that a server still tends.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	none *sync.Cond
}

// track is an http.Server's ConnState: a new connection counts until its goroutine ends.
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
		if len(c.open) == 0 && c.none != nil {
			c.none.Broadcast()
		}
	default: // active or idle: still tended
	}
}

// cut closes every connection and returns when none is tended any more. The
// servers must have stopped accepting.
func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.Close()
	}
	c.none = sync.NewCond(&c.mu)
	for len(c.open) > 0 {
		c.none.Wait()
	}
}
