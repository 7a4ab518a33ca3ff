// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/proxy"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/seed"
)

// Options configures [Start].
type Options struct {
	// Listen is the proxy's address, "" for 127.0.0.1 and a free port.
	Listen string
	// TokenLifetime is how long access tokens are valid, 0 for one hour.
	TokenLifetime time.Duration
	// Uncompressed switches compression of answers off, so that benchmarks do not
	// measure it.
	Uncompressed bool
	// Seed is what the emulator has at its start, nil for the directory of Contoso without
	// clusters. Behaviour is that of its clusters.
	Seed      *seed.Seed
	Behaviour kusto.Behaviour
	// PassThrough lets requests for hosts that the emulator does not serve through, by the
	// proxy of the environment at the start if it has one. Those for real clusters, login
	// hosts and the like are refused all the same: no token leaves by accident.
	PassThrough bool
}

// Emulator is a running emulator. It is safe for concurrent use.
type Emulator struct {
	proxy       *proxy.Server
	entra       *entra.Server
	environment kusto.Environment
	msiURL      string
	signIn      *entra.Principal
	systemCA    func() ([]byte, error)
	closing     chan struct{}
	closeOnce   sync.Once

	mu       sync.Mutex
	clusters []*kusto.Cluster
}

// Start listens and serves until [Emulator.Close]. It fails when the address is
// not available or keys cannot be made.
func Start(o Options) (*Emulator, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	directory, signIn := directoryOf(o.Seed)
	identity, err := entra.New(directory, o.TokenLifetime)
	if err != nil {
		return nil, err
	}
	server, err := proxy.Start(proxy.Options{
		Address: o.Listen, PassThrough: o.PassThrough, Sensitive: entra.Sensitive, Upstream: httpproxy.FromEnvironment().ProxyFunc(),
	})
	if err != nil {
		return nil, err
	}
	e := &Emulator{proxy: server, entra: identity, signIn: signIn, systemCA: systemCA(o.PassThrough), closing: make(chan struct{})}
	e.environment = kusto.Environment{Entra: identity, Closing: e.closing, Uncompressed: o.Uncompressed}
	for host, handler := range identity.Handlers() {
		server.Handle(host, handler)
	}
	server.HandlePlain(entra.IMDSAddress, identity.IMDS())
	server.HandleDirect(ownPrefix, http.HandlerFunc(e.serveOwn))
	if e.msiURL, err = server.Listen(identity.AppServiceIdentity()); err != nil {
		server.Close()
		return nil, err
	}
	e.msiURL += "/msi/token"
	if o.Seed != nil {
		o.Seed.AddClusters(directory, func(config kusto.ClusterConfig) *kusto.Cluster {
			config.Behaviour = o.Behaviour
			return e.AddCluster(config)
		})
	}
	return e, nil
}

// directoryOf makes the directory of a seed, and finds the application to sign in as.
func directoryOf(s *seed.Seed) (*entra.Directory, *entra.Principal) {
	if s == nil {
		d := entra.Contoso()
		return d, d.App(entra.CIDeployerAppID)
	}
	d := s.Directory()
	return d, s.SignIn(d)
}

// Close stops listening and closes every connection. When it returns, the
// emulator's goroutines have ended. The error is always nil.
func (e *Emulator) Close() error {
	e.closeOnce.Do(func() { close(e.closing) })
	e.proxy.Close()
	return nil
}

// AddCluster adds a cluster. It replaces a cluster with the same host.
func (e *Emulator) AddCluster(config kusto.ClusterConfig) *kusto.Cluster {
	c := kusto.NewCluster(config, e.environment)
	e.proxy.Handle(c.Host(), c)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clusters = slices.DeleteFunc(e.clusters, func(other *kusto.Cluster) bool { return other.Host() == c.Host() })
	e.clusters = append(e.clusters, c)
	return c
}

// Clusters lists the clusters in the order in which they were added.
func (e *Emulator) Clusters() []*kusto.Cluster {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.clusters)
}

// SignIn is the application as which programs sign in: that of the seed, ci-deployer
// without one.
func (e *Emulator) SignIn() *entra.Principal { return e.signIn }

// AddAuthority makes host a login host, as in a private cloud.
func (e *Emulator) AddAuthority(host string) {
	e.entra.AddAuthority(host)
	e.proxy.Handle(host, e.entra)
}

// Directory returns the tenants with their users, groups and applications.
func (e *Emulator) Directory() *entra.Directory { return e.entra.Directory() }

// AppToken is an access token of application p for audience, such as
// "https://kusto.kusto.windows.net". With a negative lifetime it has expired.
func (e *Emulator) AppToken(p *entra.Principal, audience string, lifetime time.Duration) string {
	return e.entra.AppToken(p, audience, lifetime)
}

// FederatedToken is a token of a CI system or a Kubernetes cluster. issuer is one
// of this package's constants. With a negative lifetime it has expired.
func (e *Emulator) FederatedToken(issuer, subject, audience string, lifetime time.Duration) string {
	return e.entra.FederatedToken(issuer, subject, audience, lifetime)
}

// InterceptTokens calls fn for every token request of one application. A nil fn ends it.
func (e *Emulator) InterceptTokens(clientID string, fn func() entra.TokenAnswer) {
	e.entra.InterceptTokens(clientID, fn)
}

// ManagedIdentityEndpoint is the value for IDENTITY_ENDPOINT. The value for
// IDENTITY_HEADER is [IdentityHeader].
func (e *Emulator) ManagedIdentityEndpoint() string { return e.msiURL }

// ProxyURL is the value for HTTPS_PROXY.
func (e *Emulator) ProxyURL() string { return e.proxy.URL() }

// CAPEM is the certificate authority that signs every host's certificate, in PEM.
func (e *Emulator) CAPEM() []byte { return e.proxy.CAPEM() }

// WriteCA writes the certificate authority to ca.pem in dir and returns that file's path.
// With pass-through, those of the system follow: the file replaces theirs.
func (e *Emulator) WriteCA(dir string) (string, error) {
	others, err := e.systemCA()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(path, append(e.CAPEM(), others...), 0o644); err != nil { //nolint:gosec // public certificates
		return "", fmt.Errorf("emulator: %w", err)
	}
	return path, nil
}

// Environ lists, as KEY=value, the variables with which Go, Python (the Azure
// CLI), Node.js and curl reach the emulator and trust its certificates.
func (e *Emulator) Environ(caFile string) []string {
	return []string{
		"HTTPS_PROXY=" + e.ProxyURL(),
		"https_proxy=" + e.ProxyURL(), // some programs prefer it if both are set
		"NO_PROXY=", "no_proxy=",      // the machine's may exclude Microsoft's hosts
		"SSL_CERT_FILE=" + caFile,
		"REQUESTS_CA_BUNDLE=" + caFile,
		"CURL_CA_BUNDLE=" + caFile,
		"NODE_EXTRA_CA_CERTS=" + caFile,
	}
}

// Hosts lists every host that is served over TLS, in no order.
func (e *Emulator) Hosts() []string { return e.proxy.Hosts() }

// Connects lists the host:port of every CONNECT request in order, refused ones included.
func (e *Emulator) Connects() []string { return e.proxy.Connects() }

// Requests lists every decrypted request, in order of arrival.
func (e *Emulator) Requests() []proxy.Request { return e.proxy.Requests() }
