// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// discard drops the servers' messages about connections that end early. Faults
// and Close cause those on purpose.
var discard = log.New(io.Discard, "", 0)

// Options configures [Start].
type Options struct {
	// Address is where the proxy listens.
	Address string
	// PassThrough lets requests for hosts that are not served through.
	PassThrough bool
	// Sensitive reports hosts whose requests never pass through.
	Sensitive func(host string) bool
	// Upstream finds the proxy through which requests for a URL pass, nil for none.
	Upstream func(*url.URL) (*url.URL, error)
}

// Server is a running proxy. It is safe for concurrent use.
type Server struct {
	recorder
	options      Options
	certificates *certificates
	listener     net.Listener
	tunnels      *tunnels
	forward      http.Handler
	conns        connections
	running      sync.WaitGroup
	closing      sync.Once

	mu      sync.RWMutex
	servers []*http.Server
	hosts   map[string]http.Handler // over TLS, inside tunnels
	plain   map[string]http.Handler // over plain HTTP
	direct  map[string]http.Handler // of the proxy itself, by the beginning of the path
}

// Start listens and serves until [Server.Close]. It fails when the address is not
// available or keys cannot be made.
func Start(options Options) (*Server, error) {
	certificates, err := newCertificates()
	if err != nil {
		return nil, fmt.Errorf("emulator: making certificates: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", options.Address)
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	s := &Server{
		options: options, certificates: certificates, listener: listener, tunnels: newTunnels(listener),
		hosts: map[string]http.Handler{}, plain: map[string]http.Handler{}, direct: map[string]http.Handler{},
	}
	s.forward = s.newForward()
	s.serve(s.listener, http.HandlerFunc(s.serveProxy))
	s.serve(s.tunnels, http.HandlerFunc(s.serveTunnel))
	return s, nil
}

// serve runs one server until Close. Connections of [tunnels] have TLS already.
// HTTP/2 is never offered.
func (s *Server) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{
		Handler:           handler,
		ConnState:         s.conns.track,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          discard,
		ConnContext:       withTunnel,
	}
	s.mu.Lock()
	s.servers = append(s.servers, server)
	s.mu.Unlock()
	s.running.Go(func() {
		_ = server.Serve(listener) // always ends with http.ErrServerClosed
	})
}

// Close stops listening and closes every connection. When it returns, the
// server's goroutines have ended. Handlers must not block for ever.
func (s *Server) Close() {
	s.closing.Do(func() {
		s.mu.RLock()
		servers := s.servers
		s.mu.RUnlock()
		for _, server := range servers {
			_ = server.Close()
		}
		s.running.Wait()
		s.conns.closeAll()
	})
}

// URL is the value for HTTPS_PROXY.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// CAPEM is the certificate authority that signs every host's certificate, in PEM.
func (s *Server) CAPEM() []byte { return append([]byte(nil), s.certificates.caPEM...) }

// Handle serves a host over TLS. It replaces the host's earlier handler.
func (s *Server) Handle(host string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts[strings.ToLower(host)] = h
}

// HandlePlain serves a host over plain HTTP, for clients with HTTP_PROXY set.
func (s *Server) HandlePlain(host string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain[host] = h
}

// Listen serves a handler over plain HTTP at a loopback address of its own,
// without a proxy, and returns its URL.
func (s *Server) Listen(h http.Handler) (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("emulator: %w", err)
	}
	s.serve(listener, h)
	return "http://" + listener.Addr().String(), nil
}

// Hosts lists every host that is served over TLS, in no order.
func (s *Server) Hosts() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	hosts := make([]string, 0, len(s.hosts))
	for host := range s.hosts {
		hosts = append(hosts, host)
	}
	return hosts
}

func (s *Server) handler(of map[string]http.Handler, host string) http.Handler {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return of[strings.ToLower(host)]
}

// serveProxy answers requests for the proxy itself, and for hosts.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request) {
	switch h := s.directHandler(r); {
	case h != nil:
		h.ServeHTTP(w, r)
	case r.Method == http.MethodConnect:
		s.serveConnect(w, r)
	default:
		s.servePlain(w, r)
	}
}

// addTunnel ends TLS in a tunnel and serves the host in it.
func (s *Server) addTunnel(conn net.Conn, host string) {
	s.tunnels.add(&tunnel{Conn: tls.Server(conn, s.certificates.configFor(host)), host: host})
}

// serveTunnel answers a request inside a tunnel. Its Host must be the tunnel's.
func (s *Server) serveTunnel(w http.ResponseWriter, r *http.Request) {
	host, _ := r.Context().Value(tunnelKey{}).(string)
	h := s.handler(s.hosts, host)
	if h == nil || !strings.EqualFold(strings.TrimSuffix(r.Host, ":443"), host) {
		http.Error(w, "misdirected request", http.StatusMisdirectedRequest)
		return
	}
	s.recorded(h).ServeHTTP(w, r)
}
