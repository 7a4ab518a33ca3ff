// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"context"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	trustedEndpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Audience returns the resource that the cluster's metadata asks tokens for. It
// fails unless that is one of Kusto's, and unless the login host in the metadata
// is one of the cluster's cloud. A cluster without metadata has its cloud's default
// audience.
func (c *Conn) Audience(ctx context.Context) (string, error) {
	var about azkustodata.CloudInfo
	err := c.RetryTransient(ctx, Command{Verb: "metadata"}, nil, func() (failed *Error) {
		about, failed = c.metadata(ctx)
		return failed
	})
	if err != nil {
		return "", err
	}
	if trustedEndpoints.Instance.ValidateTrustedEndpoint(string(c.uri), about.LoginEndpoint) != nil {
		e := &Error{Cluster: c.uri}
		e.fromUntrustedLogin()
		return "", e
	}
	if err := CheckResource(about.KustoServiceResourceID, c.options.Cloud); err != nil {
		return "", untrustedAudience(c.uri, err)
	}
	return about.KustoServiceResourceID, nil
}

// metadata requests the metadata once. The SDK caches it for the process.
func (c *Conn) metadata(ctx context.Context) (azkustodata.CloudInfo, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Retry.Attempt)
	defer cancel()
	asking, x := withAttempt(ctx)
	client := *c.sdk.HttpClient()
	client.Transport = boundTransport{ctx: asking, next: client.Transport}
	about, err := azkustodata.GetMetadata(string(c.uri), &client)
	if err != nil {
		x.phase = "metadata"
		return about, classify(ctx, c.uri, err, x)
	}
	return about, nil
}

// Token returns an access token for the cluster. The error is an [*Error].
func (c *Conn) Token(ctx context.Context) (string, error) {
	audience, err := c.Audience(ctx)
	if err != nil {
		return "", err
	}
	began := time.Now()
	token, err := c.options.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
	if err != nil {
		return "", &Error{Reason: ErrSignIn, Cluster: c.uri, Err: err, began: began}
	}
	return token.Token, nil
}

// SignIn gets a token for the cluster, again after a failure that may pass. The error is an
// [*Error].
func (c *Conn) SignIn(ctx context.Context) error {
	return c.RetryTransient(ctx, Command{Verb: "sign-in"}, nil, func() *Error {
		if _, err := c.Token(ctx); err != nil {
			return AsError(err)
		}
		return nil
	})
}

// Reachable reports whether the cluster answers, without trying for long: a cluster
// that is yet to be created does not.
func (c *Conn) Reachable(ctx context.Context) bool { return c.Unreachable(ctx) == nil }

// Unreachable is why the cluster is not [Conn.Reachable], an [*Error]; nil if it is. The
// cluster is asked once: everyone else hears the same at once.
func (c *Conn) Unreachable(ctx context.Context) error {
	c.asking.Lock()
	defer c.asking.Unlock()
	switch {
	case c.cluster.answered(), c.asked && c.absent == nil:
		return nil
	case c.asked:
		return c.absent
	}
	const patience = 10 * time.Second
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := c.metadata(asking)
	if ctx.Err() != nil {
		return c.GaveUp(ctx, nil)
	}
	c.asked = true
	if err == nil || err.Status != 0 {
		return nil
	}
	if err.Reason == ErrInterrupted {
		err.setSilent()
	}
	c.absent = err
	return c.absent
}
