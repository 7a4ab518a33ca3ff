// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/kusto-community/terraform-provider-kusto/internal/httpclient"
)

// newHTTPClient returns the client for the authority. Proxy and certificate
// variables apply, as everywhere in Go.
func newHTTPClient() *http.Client {
	return &http.Client{Transport: httpclient.Transport(), CheckRedirect: sameHostOnly}
}

// loginRetry is azcore's retry for brief failures. The provider itself retries for
// longer.
var loginRetry = policy.RetryOptions{
	MaxRetries:    3,
	RetryDelay:    500 * time.Millisecond,
	MaxRetryDelay: 10 * time.Second,
	TryTimeout:    30 * time.Second,
}

// managedIdentityRetry follows the guidance for the instance metadata service, which
// gives these answers while it starts or is busy. If it cannot be reached in time,
// the machine has none.
var managedIdentityRetry = policy.RetryOptions{
	MaxRetries:    3,
	RetryDelay:    time.Second,
	MaxRetryDelay: 10 * time.Second,
	TryTimeout:    10 * time.Second,
	ShouldRetry: func(resp *http.Response, err error) bool {
		return err == nil && (resp.StatusCode >= 500 ||
			runtime.HasStatusCode(resp, http.StatusNotFound, http.StatusGone, http.StatusTooManyRequests))
	},
}

// refusal is a request that was not sent, to protect a secret.
type refusal struct{ message string }

// Error implements error.
func (r refusal) Error() string { return r.message }

// NonRetriable tells azcore's retry policy not to try again.
func (refusal) NonRetriable() {}

// sameHostOnly follows redirects within one host over https. Go's client would
// otherwise post the form, and the secret in it, to any host that a 307 names.
func sameHostOnly(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	if req.URL.Scheme != from.Scheme || !strings.EqualFold(req.URL.Host, from.Host) {
		return refusal{fmt.Sprintf("refused to follow a redirect from %s to another host, %s", from.Host, req.URL.Host)}
	}
	if len(via) >= 5 {
		return errors.New("stopped after 5 redirects")
	}
	return nil
}

// authorityOnly is a pipeline policy. It allows requests with a body, which may
// contain a secret or an assertion, to the listed hosts only, regardless of the token
// endpoint in the authority's metadata.
type authorityOnly []string

// Do implements policy.Policy.
func (hosts authorityOnly) Do(req *policy.Request) (*http.Response, error) {
	raw := req.Raw()
	if raw.URL.Scheme != "https" {
		return nil, refusal{"refused to sign in without https"}
	}
	if raw.Method != http.MethodGet && !hosts.allow(raw.URL.Host) {
		return nil, refusal{fmt.Sprintf("refused to send credentials to %s, which is not the configured authority %s", raw.URL.Host, hosts[0])}
	}
	return req.Next()
}

// allow also accepts regional endpoints, such as westus.login.microsoft.com.
func (hosts authorityOnly) allow(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(hosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
}

type policyFunc func(*policy.Request) (*http.Response, error)

// Do implements policy.Policy.
func (f policyFunc) Do(req *policy.Request) (*http.Response, error) { return f(req) }

// noteOutcome is a pipeline policy that notes why the last request got no response.
func noteOutcome(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	noteCause(req.Raw().Context(), err)
	return resp, err
}

type causeKey struct{}

// noteCause stores the cause of a failing sign-in in the variable that fetch put
// into the context. azidentity would reduce it to text.
func noteCause(ctx context.Context, err error) {
	if cause, ok := ctx.Value(causeKey{}).(*error); ok {
		*cause = err
	}
}
