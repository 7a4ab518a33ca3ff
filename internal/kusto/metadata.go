// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"

	"github.com/Azure/azure-kusto-go/azkustodata"
	trustedEndpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
)

// Audience returns the resource that the cluster's metadata asks tokens for. It
// fails unless that is one of Kusto's, and unless the login host in the metadata
// is one of the cluster's cloud. A cluster without metadata has its cloud's usual
// audience.
func (c *Client) Audience(ctx context.Context) (string, error) {
	var about azkustodata.CloudInfo
	err := c.untilAnswered(ctx, command{verb: "metadata"}, func() (failed *Error) {
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
func (c *Client) metadata(ctx context.Context) (azkustodata.CloudInfo, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Retry.Attempt)
	defer cancel()
	asking, x := withExchange(ctx)
	client := *c.sdk.HttpClient()
	client.Transport = boundTransport{ctx: asking, next: client.Transport}
	about, err := azkustodata.GetMetadata(string(c.uri), &client)
	if err != nil {
		x.phase = "metadata"
		return about, c.classify(ctx, err, x)
	}
	return about, nil
}

func untrustedAudience(uri ClusterURI, err error) *Error {
	return &Error{Reason: ErrUntrusted, Cluster: uri,
		Message: "the cluster's sign-in metadata requests a token for a service other than Kusto: " + err.Error()}
}
