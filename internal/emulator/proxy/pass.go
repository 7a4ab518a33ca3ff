// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// serveConnect answers CONNECT: for a host that is served with a tunnel to its handler,
// for another one with a tunnel to the host, or with a refusal.
func (s *Server) serveConnect(w http.ResponseWriter, r *http.Request) {
	s.connect(r.Host)
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if port == "443" && s.handler(s.hosts, host) != nil {
		if conn := established(w); conn != nil {
			s.addTunnel(conn, strings.ToLower(host))
		}
		return
	}
	if words := s.refusal(host, r.Host); words != "" {
		refuse(w, http.StatusForbidden, words)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), dialTime)
	defer cancel()
	far, err := s.dial(ctx, r.Host)
	if err != nil {
		refuse(w, http.StatusBadGateway, fmt.Sprintf("kusto-emulator cannot reach %s: %v", r.Host, err))
		return
	}
	near := established(w)
	if near == nil {
		_ = far.Close()
		return
	}
	s.conns.relay(near, far)
}

// refusal says why a request for a host does not pass through, "" if it does.
func (s *Server) refusal(host, hostport string) string {
	switch {
	case s.options.Sensitive != nil && s.options.Sensitive(host):
		return "kusto-emulator has no " + hostport + ", and does not let requests for the real one through"
	case s.handler(s.hosts, host) != nil, s.isOwn(hostport):
		return "kusto-emulator does not serve " + hostport
	case !s.options.PassThrough:
		return "kusto-emulator does not serve " + hostport + "; with -pass-through it lets requests for other hosts through"
	}
	return ""
}

// isOwn reports whether an address is that of this proxy.
func (s *Server) isOwn(hostport string) bool {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	_, other, _ := net.SplitHostPort(hostport)
	return port == other && isLoopback(hostport)
}

// established takes the connection of a CONNECT request over and tells the client that the
// tunnel stands. It returns nil if the client has gone.
func established(w http.ResponseWriter) net.Conn {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	_ = conn.SetDeadline(time.Time{})
	// A client must wait for the answer.
	if _, err = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil || buffered.Reader.Buffered() > 0 {
		_ = conn.Close()
		return nil
	}
	return conn
}

// refuse answers a CONNECT request with the words in the status line: it is all that most
// clients show.
func refuse(w http.ResponseWriter, status int, words string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	words = strings.Join(strings.Fields(words), " ")
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s\n",
		status, words, len(words)+1, words) // fails only when the client has disconnected
}

// servePlain answers a request over plain HTTP, and forwards it if its host is not served.
func (s *Server) servePlain(w http.ResponseWriter, r *http.Request) {
	if h := s.handler(s.plain, r.URL.Hostname()); h != nil {
		s.recorded(h).ServeHTTP(w, r)
		return
	}
	s.connect(r.Host)
	words := "kusto-emulator is a proxy, and has no such page"
	if r.URL.Scheme == "http" {
		words = s.refusal(r.URL.Hostname(), r.URL.Host)
	}
	if words != "" {
		http.Error(w, words, http.StatusForbidden)
		return
	}
	s.forward.ServeHTTP(w, r)
}

// newForward makes the handler of plain requests for other hosts. It does not forward an
// upgrade: that connection would not end with the proxy.
func (s *Server) newForward() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.Header.Del("Upgrade")
			p.Out.Header.Del("Connection")
		},
		Transport: &http.Transport{
			Proxy:             func(r *http.Request) (*url.URL, error) { return s.upstreamOf(r.URL) },
			DialContext:       (&net.Dialer{Timeout: dialTime}).DialContext,
			DisableKeepAlives: true, // no connection is left open after Close
		},
		ErrorLog: discard,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, fmt.Sprintf("kusto-emulator cannot reach %s: %v", r.URL.Host, err), http.StatusBadGateway)
		},
	}
}
