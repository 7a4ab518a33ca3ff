package auth

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// refusal is an error that must not be tried again.
type refusal struct{ error }

// NonRetriable marks the error for azcore's retry policy.
func (refusal) NonRetriable() {}

func (r refusal) Unwrap() error { return r.error }

// sameHostOnly follows redirects within one host over https. Go's client would
// otherwise post the form, and the secret in it, to wherever a 307 points.
func sameHostOnly(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	if req.URL.Scheme != from.Scheme || !strings.EqualFold(req.URL.Host, from.Host) {
		return refusal{fmt.Errorf("refused to follow a redirect from %s to another host, %s", from.Host, req.URL.Host)}
	}
	if len(via) >= 5 {
		return refusal{errors.New("stopped after 5 redirects")}
	}
	return nil
}

// newHTTPClient returns the client for the login host. Proxy and certificate
// variables apply, as everywhere in Go.
func newHTTPClient() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	return &http.Client{Transport: transport.Clone(), CheckRedirect: sameHostOnly}
}

// managedIdentityClient is base with a short time to connect: the endpoint is on
// this very machine or there is none, and a machine without one drops packets.
func managedIdentityClient(base *http.Client) *http.Client {
	transport, ok := base.Transport.(*http.Transport)
	if !ok {
		return base
	}
	transport = transport.Clone()
	transport.DialContext = (&net.Dialer{Timeout: 3 * time.Second}).DialContext
	return &http.Client{Transport: transport, CheckRedirect: base.CheckRedirect}
}

// authorityOnly is a pipeline policy: a request that carries a body, and so
// perhaps a secret or an assertion, goes to the listed hosts and to no other,
// whatever token endpoint the authority's metadata names.
type authorityOnly struct{ hosts []string }

// Do implements policy.Policy.
func (p authorityOnly) Do(req *policy.Request) (*http.Response, error) {
	raw := req.Raw()
	if raw.URL.Scheme != "https" {
		return nil, refusal{errors.New("refused to sign in without https")}
	}
	if raw.Method != http.MethodGet && !p.allows(raw.URL.Host) {
		return nil, refusal{fmt.Errorf("refused to send credentials to %s, which is not the configured authority %s", raw.URL.Host, p.hosts[0])}
	}
	return req.Next()
}

// allows also accepts regional endpoints, such as westus.login.microsoft.com.
func (p authorityOnly) allows(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(p.hosts, func(h string) bool {
		return host == h || strings.HasSuffix(host, "."+h)
	})
}

// loginRetry is azcore's retrying below ours: a few quick tries that ride out a
// hiccup. The provider's own retries have the patience.
var loginRetry = policy.RetryOptions{
	MaxRetries:    3,
	RetryDelay:    500 * time.Millisecond,
	MaxRetryDelay: 10 * time.Second,
	TryTimeout:    30 * time.Second,
}

// managedIdentityRetry follows the advice for the instance metadata service: it
// answers 404, 410, 429 and 5xx while it starts or is busy. A connection that
// cannot be made means that there is no such service here.
var managedIdentityRetry = policy.RetryOptions{
	MaxRetries:    3,
	RetryDelay:    time.Second,
	MaxRetryDelay: 10 * time.Second,
	TryTimeout:    30 * time.Second,
	ShouldRetry: func(resp *http.Response, err error) bool {
		return err == nil && (resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone ||
			resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500)
	},
}

// clientOptions are those of every credential that talks to the authority.
// extraHosts may see what is posted besides it.
func (b *builder) clientOptions(extraHosts ...string) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:            b.authority.configuration(),
		Transport:        b.client,
		Retry:            b.retry,
		Telemetry:        policy.TelemetryOptions{ApplicationID: b.applicationID},
		PerRetryPolicies: []policy.Policy{authorityOnly{append(slices.Clone(b.authority.hosts), extraHosts...)}},
	}
}
