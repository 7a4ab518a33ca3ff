// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// dialTime limits how long a connection to another host may take to begin.
const dialTime = 20 * time.Second

// dial connects to a host that is not served, through the proxy before this one if there
// is one.
func (s *Server) dial(ctx context.Context, hostport string) (net.Conn, error) {
	upstream, err := s.upstreamOf(&url.URL{Scheme: "https", Host: hostport})
	switch {
	case err != nil:
		return nil, err
	case upstream == nil:
		return new(net.Dialer).DialContext(ctx, "tcp", hostport)
	case upstream.Scheme != "http" && upstream.Scheme != "https":
		return nil, fmt.Errorf("the proxy %s is not an HTTP proxy", upstream.Redacted())
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addressOf(upstream))
	if err != nil {
		return nil, err
	}
	if upstream.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: upstream.Hostname(), MinVersion: tls.VersionTLS12})
	}
	if err := connectThrough(ctx, conn, upstream, hostport); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("the proxy %s: %w", upstream.Redacted(), err)
	}
	return conn, nil
}

// upstreamOf is the proxy before this one for an address, nil if there is none. This proxy
// itself is not one: it stands in the environment of a shell that uses it.
func (s *Server) upstreamOf(target *url.URL) (*url.URL, error) {
	if s.options.Upstream == nil {
		return nil, nil //nolint:nilnil // no proxy is no mistake, as in [http.Transport]
	}
	upstream, err := s.options.Upstream(target)
	if upstream != nil && upstream.Host == s.listener.Addr().String() {
		return nil, err
	}
	return upstream, err
}

// addressOf is the host and the port of a proxy.
func addressOf(proxy *url.URL) string {
	port := proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[proxy.Scheme]
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

// connectThrough asks a proxy for a tunnel. Servers of TLS say nothing before the client
// does, so nothing of theirs is in the reader.
func connectThrough(ctx context.Context, conn net.Conn, proxy *url.URL, hostport string) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: hostport}, Host: hostport, Header: http.Header{}}
	if password, _ := proxy.User.Password(); proxy.User != nil {
		credentials := base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
		request.Header.Set("Proxy-Authorization", "Basic "+credentials)
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // of a tunnel, nothing
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", response.Status)
	}
	return nil
}
