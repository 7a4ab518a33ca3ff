// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// registry is a server of TLS that is not the emulator's.
func registry(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a registry") }))
	t.Cleanup(server.Close)
	return server
}

// newPassing is an emulator that lets requests through, and a client that trusts both its
// certificates and those of a server.
func newPassing(t *testing.T, server *httptest.Server) *fixture {
	t.Helper()
	s := newSeeded(t, func(o *emulator.Options) { o.PassThrough = true })
	if server != nil {
		s.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(server.Certificate())
	}
	return s
}

// get is the status and the body of an answer, or the error.
func get(client *http.Client, address string) (int, string) {
	response, err := client.Get(address)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

func TestPassThrough_reachesOtherHosts(t *testing.T) {
	server := registry(t)
	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	s := newPassing(t, server)
	for _, address := range []string{server.URL, plain.URL} {
		if status, body := get(s.client, address); status != 200 || body != "a registry" {
			t.Errorf("%s: %d %s", address, status, body)
		}
	}
	if rows := s.run("Samples", ".show database Samples principals").rows(t); len(rows) == 0 {
		t.Error("the emulator's own hosts are not served")
	}
}

func TestPassThrough_isOffByDefault(t *testing.T) {
	s := newSeeded(t, nil)
	for address, want := range map[string]string{
		"https://registry.terraform.io":          "kusto-emulator does not serve registry.terraform.io:443; with -pass-through it lets requests for other hosts through",
		"http://registry.terraform.io/x":         "kusto-emulator does not serve registry.terraform.io; with -pass-through it lets requests for other hosts through",
		"https://other.kusto.windows.net":        "kusto-emulator has no other.kusto.windows.net:443, and does not let requests for the real one through",
		"https://login.microsoftonline.com:8443": "kusto-emulator has no login.microsoftonline.com:8443, and does not let requests for the real one through",
	} {
		if status, got := get(s.client, address); !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", address, status, got)
		}
	}
}

func TestPassThrough_neverReachesTheRealService(t *testing.T) {
	s := newPassing(t, nil)
	for _, address := range []string{
		"https://other.westeurope.kusto.windows.net", "https://OTHER.kusto.windows.net", "https://other.kusto.windows.net.",
		"https://a.z0.kusto.fabric.microsoft.com", "https://a.kusto.usgovcloudapi.net", "https://a.kusto.chinacloudapi.cn", "https://a.kusto.azuresynapse.net",
		"https://login.microsoftonline.com:8443", "https://westeurope.login.microsoft.com", "https://login.usgovcloudapi.net",
		"https://management.azure.com:8443", "https://westeurope.management.azure.com", "https://eu.graph.microsoft.com", "http://login.microsoftonline.com/x",
		"https://169.254.169.254", "https://[::ffff:169.254.169.254]", "http://other.kusto.windows.net/x",
	} {
		if status, got := get(s.client, address); !strings.Contains(got, "does not let requests for the real one through") {
			t.Errorf("%s: %d %s", address, status, got)
		}
	}
	for _, address := range []string{"https://dev.azure.com:8443", s.ProxyURL() + "/_emulator/grants", strings.Replace(s.ProxyURL(), "http", "https", 1)} {
		if status, got := get(s.client, address); !strings.Contains(got, "kusto-emulator does not serve ") {
			t.Errorf("%s: %d %s", address, status, got)
		}
	}
}

func TestPassThrough_saysWhatCannotBeReached(t *testing.T) {
	s := newPassing(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	listener.Close()
	for _, scheme := range []string{"https://", "http://"} {
		if status, got := get(s.client, scheme+closed); !strings.Contains(got, "kusto-emulator cannot reach "+closed) {
			t.Errorf("%s: %d %s", scheme, status, got)
		}
	}
}

// corporate is a proxy before the emulator: it connects everything to one server.
type corporate struct {
	net.Listener

	mu   sync.Mutex
	asks []string
}

func newCorporate(t *testing.T, target string) *corporate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &corporate{Listener: listener}
	var running sync.WaitGroup
	t.Cleanup(func() { listener.Close(); running.Wait() })
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { c.serve(conn, target) })
		}
	})
	return c
}

func (c *corporate) serve(conn net.Conn, target string) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	c.mu.Lock()
	c.asks = append(c.asks, request.Method+" "+request.Host+" "+request.Header.Get("Proxy-Authorization"))
	c.mu.Unlock()
	if target == "" {
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(far, conn); far.Close() }()
	_, _ = io.Copy(conn, far)
}

func TestPassThrough_usesTheProxyOfItsEnvironment(t *testing.T) {
	server := registry(t)
	before := newCorporate(t, server.Listener.Addr().String())
	t.Setenv("HTTPS_PROXY", "http://me:secret@"+before.Addr().String())
	t.Setenv("NO_PROXY", "")
	s := newPassing(t, server)
	if status, body := get(s.client, "https://example.com"); status != 200 || body != "a registry" { // the certificate's name
		t.Errorf("%d %s", status, body)
	}
	s.client.CloseIdleConnections()
	before.mu.Lock()
	defer before.mu.Unlock()
	if len(before.asks) != 1 || before.asks[0] != "CONNECT example.com:443 Basic bWU6c2VjcmV0" {
		t.Errorf("%q", before.asks)
	}
}

func TestPassThrough_saysThatTheProxyBeforeItRefused(t *testing.T) {
	before := newCorporate(t, "")
	for proxy, want := range map[string]string{
		"http://me:secret@" + before.Addr().String(): "the proxy http://me:xxxxx@" + before.Addr().String() + ": it answered 407 Proxy Authentication Required",
		"socks5://127.0.0.1:1":                       "the proxy socks5://127.0.0.1:1 is not an HTTP proxy",
	} {
		t.Setenv("HTTPS_PROXY", proxy)
		t.Setenv("NO_PROXY", "")
		if _, got := get(newPassing(t, nil).client, "https://example.com"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", proxy, got)
		}
	}
}

func TestPassThrough_doesNotUseItselfAsTheProxyBefore(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	t.Setenv("HTTPS_PROXY", "http://"+address)
	t.Setenv("NO_PROXY", "")
	s := newSeeded(t, func(o *emulator.Options) { o.PassThrough, o.Listen = true, address })
	if _, got := get(s.client, "https://nobody.invalid"); !strings.Contains(got, "cannot reach nobody.invalid:443") || len(s.Connects()) != 1 {
		t.Errorf("%s after %v", got, s.Connects())
	}
}

func TestClose_endsTunnelsToOtherHosts(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := newPassing(t, nil)
	proxy, err := url.Parse(s.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, "CONNECT "+silent.Addr().String()+" HTTP/1.1\r\nHost: x\r\n\r\n")
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Fatal(line, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer); os.IsTimeout(err) {
		t.Error("the tunnel did not end")
	}
}

func TestWriteCA_addsTheSystemsCertificatesWithPassThrough(t *testing.T) {
	server := registry(t)
	own := filepath.Join(t.TempDir(), "system.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(own, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", own)
	s := newPassing(t, nil)
	t.Setenv("SSL_CERT_FILE", "nowhere.pem") // it is read as it was at the start
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(readCA(t, s)) {
		t.Fatal("not PEM")
	}
	s.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	for _, address := range []string{server.URL, "https://login.microsoftonline.com/common/discovery/keys"} {
		if status, body := get(s.client, address); status != 200 {
			t.Errorf("%s: %d %s", address, status, body)
		}
	}
	if got := readCA(t, newSeeded(t, nil)); bytes.Contains(got, certificate) {
		t.Error("the system's certificates are there without pass-through")
	}
	if _, err := newPassing(t, nil).WriteCA(t.TempDir()); err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func readCA(t *testing.T, s *fixture) []byte {
	t.Helper()
	path, err := s.WriteCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
