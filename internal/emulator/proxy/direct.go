// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// HandleDirect serves requests for the proxy itself whose path begins with prefix. They
// must come from this machine and be for a loopback address: a web page whose name was
// made to resolve to one gets no answer.
func (s *Server) HandleDirect(prefix string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.direct[prefix] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
			http.Error(w, "only programs on this machine get an answer, under a loopback address", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// directHandler is the handler of a request for the proxy itself, nil if there is none.
func (s *Server) directHandler(r *http.Request) http.Handler {
	if r.Method == http.MethodConnect || r.URL.Host != "" {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for prefix, h := range s.direct {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return h
		}
	}
	return nil
}

// isLoopback reports whether a host, with a port or without one, is on this machine.
func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}
