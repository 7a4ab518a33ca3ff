package kusto

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/Azure/azure-kusto-go/azkustodata"
	trustedEndpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
)

// Audience is the resource that the cluster's metadata asks tokens for, checked
// to be one of Kusto's; the login host that they name must be one of the cluster's
// cloud, as for a command, though none is asked but the configured. A cluster that
// publishes none has its cloud's usual ones.
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
	if trustedEndpoints.Instance.ValidateTrustedEndpoint(string(c.uri), about.LoginEndpoint) != nil {
		e := &Error{Cluster: c.uri}
		e.fromUntrustedLogin()
		return "", e
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

// completeMetadata fills in what a cluster's metadata leave out, by its cloud's
// own. A cluster may publish none at all (404, or an empty body). What is a
// failure, or no JSON, stays so.
func (c Cloud) completeMetadata(status int, body []byte) []byte {
	if status == http.StatusNotFound {
		status, body = http.StatusOK, nil
	}
	var answer struct{ AzureAD azkustodata.CloudInfo }
	if status >= 300 || len(bytes.TrimSpace(body)) > 0 && json.Unmarshal(body, &answer) != nil {
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
