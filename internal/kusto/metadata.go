package kusto

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/Azure/azure-kusto-go/azkustodata"
)

// Audience is the resource that the cluster's metadata asks tokens for, checked
// to be one of Kusto's. A cluster that publishes none has its cloud's usual one.
func (c *Cluster) Audience(ctx context.Context) (string, error) {
	var about azkustodata.CloudInfo
	r := c.newRetrier(command{verb: "metadata"})
	r.send = func(ctx context.Context) (_ []row, failed *Error) {
		about, failed = c.metadata(ctx)
		return nil, failed
	}
	if _, err := r.run(ctx); err != nil {
		return "", err
	}
	if err := CheckResource(about.KustoServiceResourceID, c.cloud); err != nil {
		return "", untrustedAudience(c.uri, err)
	}
	return about.KustoServiceResourceID, nil
}

// metadata asks once. The SDK keeps what it learns for the life of the process.
func (c *Cluster) metadata(ctx context.Context) (azkustodata.CloudInfo, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.pauses.Attempt)
	defer cancel()
	asking, x := withExchange(ctx, ctx)
	client := *c.sdk.HttpClient()
	client.Transport = boundTransport{ctx: asking, next: client.Transport}
	about, err := azkustodata.GetMetadata(string(c.uri), &client)
	if err != nil {
		x.phase = "metadata"
		return about, c.classify(ctx, err, x)
	}
	return about, nil
}

// boundTransport gives a context to requests of a caller that has none to give.
type boundTransport struct {
	ctx  context.Context //nolint:containedctx // the point of it: it lives for one request
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t boundTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.next.RoundTrip(req.WithContext(t.ctx))
}

// completeMetadata brings an answer to one form. A cluster may publish nothing
// (404, or an empty body) or leave out what is usual: its cloud's own stands in.
// The body is read to its end here, as the SDK leaves that of a failure open.
func (c Cloud) completeMetadata(resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostMetadata))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotFound {
		body = nil
	}
	if resp.StatusCode < 300 || resp.StatusCode == http.StatusNotFound {
		body = c.complete(body)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// mostMetadata bounds, in bytes, what is read of the metadata.
const mostMetadata = 1 << 20

// complete fills in what the metadata leave out; what is not JSON stays so.
func (c Cloud) complete(body []byte) []byte {
	var answer struct{ AzureAD azkustodata.CloudInfo }
	if len(bytes.TrimSpace(body)) > 0 && json.Unmarshal(body, &answer) != nil {
		return body
	}
	if answer.AzureAD.LoginEndpoint == "" {
		answer.AzureAD.LoginEndpoint = c.login
	}
	if answer.AzureAD.KustoServiceResourceID == "" {
		answer.AzureAD.KustoServiceResourceID = c.Audience
	}
	body, _ = json.Marshal(answer) // strings always marshal
	return body
}

func untrustedAudience(uri ClusterURI, err error) *Error {
	return &Error{Kind: Untrusted, Cluster: uri,
		Message: "the cluster's sign-in metadata asks for a token for something else than Kusto: " + err.Error()}
}
