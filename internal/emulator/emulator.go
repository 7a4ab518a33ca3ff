package emulator

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options configures [Start]. The zero value is a good default.
type Options struct {
	// Listen is the proxy's address, "" for 127.0.0.1 and a free port.
	Listen string
	// TokenLifetime is how long access tokens are valid, 0 for one hour.
	TokenLifetime time.Duration
	// Uncompressed leaves answers uncompressed even where the client takes
	// gzip, so that a benchmark does not measure the emulator's own work.
	Uncompressed bool
}

// Emulator is a running emulator. All its methods are safe for concurrent use.
type Emulator struct {
	options      Options
	certificates *certificates
	directory    *Directory
	tokens       *tokenIssuer
	record       recorder
	entra        *entra

	listener net.Listener
	tunnels  *tunnels
	servers  []*http.Server
	msiURL   string
	running  sync.WaitGroup
	conns    connections
	done     chan struct{}
	closing  sync.Once

	mu       sync.RWMutex
	hosts    map[string]http.Handler
	clusters map[string]*Cluster
}

// Start listens and serves until [Emulator.Close]. It fails when the address
// cannot be listened on or keys cannot be made.
func Start(o Options) (*Emulator, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	certificates, err := newCertificates()
	if err != nil {
		return nil, err
	}
	tokens, err := newTokenIssuer(o.TokenLifetime)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	e := &Emulator{
		options: o, certificates: certificates, tokens: tokens, directory: newDirectory(),
		listener: listener, tunnels: newTunnels(listener.Addr()), done: make(chan struct{}),
		hosts: map[string]http.Handler{}, clusters: map[string]*Cluster{},
	}
	e.entra = &entra{emulator: e}
	e.registerHosts()
	if err := e.serve(); err != nil {
		_ = listener.Close()
		return nil, err
	}
	return e, nil
}

// registerHosts names what is served besides the clusters.
func (e *Emulator) registerHosts() {
	for _, host := range loginHosts {
		e.hosts[host] = e.entra
	}
	arm := e.arm()
	for _, host := range managementHosts {
		e.hosts[host] = arm
	}
	e.hosts[GitHubActionsHost] = e.gitHubActions()
	e.hosts[AzureDevOpsHost] = e.azurePipelines()
}

func (e *Emulator) serve() error {
	msi, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("emulator: %w", err)
	}
	e.msiURL = "http://" + msi.Addr().String() + "/msi/token"
	e.start(e.listener, http.HandlerFunc(e.serveProxy))
	e.start(e.tunnels, http.HandlerFunc(e.serveHosts))
	e.start(msi, e.appServiceIdentity())
	return nil
}

// start runs one server until Close. TLS connections arrive on their listener
// with TLS around them; HTTP/2 is never offered.
func (e *Emulator) start(listener net.Listener, handler http.Handler) {
	server := &http.Server{
		Handler:           handler,
		ConnState:         e.conns.track,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          silent,
		BaseContext:       func(net.Listener) context.Context { return context.Background() },
		ConnContext:       rememberTunnel,
	}
	e.servers = append(e.servers, server)
	e.running.Add(1)
	go func() {
		defer e.running.Done()
		_ = server.Serve(listener) // always ends with http.ErrServerClosed
	}()
}

// Close stops the listeners and cuts every connection. When it returns nothing of the emulator runs.
func (e *Emulator) Close() error {
	e.closing.Do(func() {
		close(e.done)
		for _, server := range e.servers {
			_ = server.Close()
		}
		_ = e.tunnels.Close()
		e.running.Wait()
		e.conns.cut()
	})
	return nil
}

// ProxyURL is the value for HTTPS_PROXY.
func (e *Emulator) ProxyURL() string { return "http://" + e.listener.Addr().String() }

// CAPEM is the certificate authority that signs every host's certificate, in PEM.
func (e *Emulator) CAPEM() []byte { return append([]byte(nil), e.certificates.caPEM...) }

// WriteCA writes the certificate authority to ca.pem in dir and returns that file's path.
func (e *Emulator) WriteCA(dir string) (string, error) {
	path := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(path, e.certificates.caPEM, 0o644); err != nil { //nolint:gosec // a public certificate
		return "", fmt.Errorf("emulator: %w", err)
	}
	return path, nil
}

// Environ lists, as KEY=value, the variables by which Go programs, Python
// programs (the Azure CLI), Node programs and curl reach the emulator and trust it.
func (e *Emulator) Environ(caFile string) []string {
	return []string{
		"HTTPS_PROXY=" + e.ProxyURL(),
		"https_proxy=" + e.ProxyURL(), // some programs prefer it where a machine has both
		"NO_PROXY=", "no_proxy=",      // a machine's own exceptions may name these very hosts
		"SSL_CERT_FILE=" + caFile,
		"REQUESTS_CA_BUNDLE=" + caFile,
		"CURL_CA_BUNDLE=" + caFile,
		"NODE_EXTRA_CA_CERTS=" + caFile,
	}
}

// Directory is the emulated Entra ID: its tenants, users, groups and applications.
func (e *Emulator) Directory() *Directory { return e.directory }

// AddAuthority serves Entra ID at one more login host, as a private cloud would.
func (e *Emulator) AddAuthority(host string) {
	e.handle(strings.ToLower(host), e.entra)
}

func (e *Emulator) handle(host string, h http.Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hosts[host] = h
}

func (e *Emulator) handlerFor(host string) http.Handler {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.hosts[strings.ToLower(host)]
}

// Hosts lists every host name that is served, in no order.
func (e *Emulator) Hosts() []string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	hosts := make([]string, 0, len(e.hosts))
	for host := range e.hosts {
		hosts = append(hosts, host)
	}
	return hosts
}
