// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	"github.com/Azure/azure-kusto-go/azkustodata/kql"
	trustedEndpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
	"github.com/kusto-community/terraform-provider-kusto/internal/httpclient"
)

// This file holds everything that exists only because of what azkustodata (v1.2.3)
// does or leaves out. Each part says which.

// newSDKClient returns an SDK client that signs in with the provider's credential.
// With a sign-in of its own, the SDK would post secrets to the login host that the
// cluster's metadata names (azkustodata/kcsb.go, cloudinfo.go).
func newSDKClient(uri ClusterURI, credential azcore.TokenCredential, c cloud.Cloud, product string) (*azkustodata.Client, error) {
	if u, err := url.Parse(string(uri)); err == nil && c.TrustedHosts.Match(u.Hostname()) {
		ownHosts.Store(u.Hostname(), true)
	}
	kcsb := azkustodata.NewConnectionStringBuilder(string(uri)).
		WithTokenCredential(checkedCredential{credential: credential, cloud: c})
	// By default the SDK sends the machine's user name and program name.
	kcsb.ApplicationForTracing, kcsb.UserForTracing = product, azkustodata.NONE
	return azkustodata.New(kcsb, azkustodata.WithHttpClient(newHTTPClient(product, c)))
}

// ownHosts are the hosts of clients that their configurations trust (trusted_hosts). The
// SDK checks each host against Microsoft's list once more, and takes other hosts for the
// whole process alone (azkustodata/trusted_endpoints). So it takes these very hosts, and
// [ParseClusterURI], which comes first, decides for each configuration by itself.
var ownHosts = func() *sync.Map {
	hosts := new(sync.Map)
	trustedEndpoints.Instance.SetOverridePolicy(func(host string) bool {
		_, found := hosts.Load(host)
		return found
	})
	return hosts
}()

// statement hands the command's text to the SDK as it is. The SDK's own quoting is
// not enough for management commands: it leaves plain words bare, keywords among
// them, and writes a character outside the Basic Multilingual Plane in five digits
// (azkustodata/kql/builder.go).
func (c Command) statement() *kql.Builder { return new(kql.Builder).AddUnsafe(c.Text) }

// checkedCredential is the credential that the SDK sees. The SDK takes the audience
// from the cluster's metadata, so this one refuses one that is not Kusto's; and
// it keeps only the text of a credential's error, so this one records the error.
type checkedCredential struct {
	credential azcore.TokenCredential
	cloud      cloud.Cloud
}

// GetToken implements azcore.TokenCredential.
func (g checkedCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	x := attemptOf(ctx)
	for _, scope := range o.Scopes {
		if err := CheckResource(strings.TrimSuffix(scope, "/.default"), g.cloud); err != nil {
			x.tokenErr = untrustedAudience("", err)
			return azcore.AccessToken{}, x.tokenErr
		}
	}
	x.began = time.Now()
	token, err := g.credential.GetToken(ctx, o)
	x.tokenErr, x.signedIn = err, err == nil
	return token, err
}

// attempt records what the SDK does not return: the answer's status and headers,
// and the errors of the token request and of the connection. One belongs to one
// attempt and travels in its context.
type attempt struct {
	// caller is the context of the attempt's caller. Once it is done, nothing more is
	// sent; a command that was sent before may outlive it.
	caller  context.Context //nolint:containedctx // beside the attempt's own
	command Command
	phase   string // "metadata" or "command": the last request
	// began is when the last step began: metadata, the sign-in or the command.
	began time.Time
	// sent is set once a connection for a command was there: from then on the
	// command may run.
	sent       atomic.Bool
	status     int
	retryAfter time.Duration
	activityID string
	location   string
	refused    []byte // the body of an error answer
	answer     Answer
	token      string // that was sent
	metadata   []byte // the body of metadata, before it is completed
	netErr     error
	tokenErr   error
	signedIn   bool
}

type attemptKey struct{}

func withAttempt(ctx context.Context) (context.Context, *attempt) {
	x := &attempt{caller: ctx, began: time.Now()}
	return context.WithValue(ctx, attemptKey{}, x), x
}

// attemptOf returns the context's attempt, or an unused one.
func attemptOf(ctx context.Context) *attempt {
	if x, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		return x
	}
	return &attempt{caller: ctx}
}

// transport sends the SDK's requests. It names the provider to the service, makes
// the body re-sendable, records the answer's headers, and completes metadata.
type transport struct {
	next    http.RoundTripper
	product string // "terraform-provider-kusto/1.2.3"
	cloud   cloud.Cloud
}

// newHTTPClient returns the client for one cluster's requests. It never follows a
// redirect: the request carries a token for one host.
func newHTTPClient(product string, c cloud.Cloud) *http.Client {
	base := httpclient.Transport()
	base.MaxIdleConnsPerHost = MaxConcurrentCommands
	return &http.Client{
		Transport: &transport{next: base, product: product, cloud: c},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := attemptOf(req.Context())
	x.phase, x.began = "command", time.Now()
	if req.Method == http.MethodGet {
		x.phase = "metadata"
	}
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", t.product)
	req.Header.Del("Accept-Encoding") // Go's transport asks for gzip and unpacks it
	if v := req.Header.Get("x-ms-client-version"); v != "" {
		req.Header.Set("x-ms-client-version", t.product+"|"+v)
	}
	if err := holdBody(req); err != nil {
		return nil, err
	}
	if err := context.Cause(x.caller); err != nil {
		x.netErr = err
		return nil, err
	}
	if x.phase == "command" {
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) { x.sent.Store(true) },
		}))
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		x.netErr = err
		return nil, err
	}
	x.status = resp.StatusCode
	x.retryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	x.activityID = resp.Header.Get("x-ms-activity-id")
	x.location = resp.Header.Get("Location")
	_, x.token, _ = strings.Cut(req.Header.Get("Authorization"), " ")
	if err := t.readBody(resp, x); err != nil {
		return nil, err
	}
	return resp, nil
}

// maxText bounds the bytes that are read of metadata and of an error, maxAnswer those
// of an answer. A list of 100,000 principals has about 40 MiB.
const (
	maxText   = 1 << 20
	maxAnswer = 128 << 20
)

// maxShown is how many characters of an answer that could not be read are shown, and maxHead
// how many bytes are kept for that: a token in them must be whole to be recognised.
const (
	maxShown = 200
	maxHead  = 16 << 10
)

// tokenPattern is that of an access token, or the beginning of one.
var tokenPattern = regexp.MustCompile(`eyJ[\w-]{8,}(\.[\w-]*)*`)

// readBody reads a response to its end. The SDK reports an error that was cut short as
// one without a message, never closes metadata that failed, and reads an answer of
// any length.
//
// The answer to a command is read here and not by the SDK, which gets an empty one. Its
// decoding (azkustodata/query/v1) refuses a whole list for one column whose type it does not
// know or one value of another type, skips a row that is null, panics on one that is wider
// than its columns, and needs seven times the memory of the body.
func (t *transport) readBody(resp *http.Response, x *attempt) error {
	defer resp.Body.Close()
	if x.phase == "command" && resp.StatusCode == http.StatusOK {
		err := x.readAnswer(resp.Body)
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(noRows)), int64(len(noRows))
		return err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxText))
	if err != nil {
		x.netErr = err
		return err
	}
	switch x.phase {
	case "command":
		x.refused = body
	case "metadata":
		x.metadata = body
		body = completeMetadata(t.cloud, resp.StatusCode, body)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}

// noRows is the answer that the SDK reads.
const noRows = `{"Tables":[{}]}`

// readAnswer reads the answer to the attempt's command.
func (x *attempt) readAnswer(body io.Reader) (err error) {
	r := &bodyReader{body: body}
	x.answer, err = ReadAnswer(r, x.command)
	var unexpected *Error
	switch {
	case r.err != nil:
		x.netErr = r.err
		return r.err
	case r.read > maxAnswer:
		return x.command.unexpected(fmt.Errorf("it is longer than %d MiB", maxAnswer>>20))
	case errors.As(err, &unexpected):
		_, _ = io.CopyN(io.Discard, r, maxHead)
		unexpected.Body = x.beginning(r.head)
		return unexpected
	}
	_, _ = io.Copy(io.Discard, r) // so that the connection can be used again
	return err
}

// bodyReader reads the body of an answer up to maxAnswer, and keeps how it begins.
type bodyReader struct {
	body io.Reader
	read int
	head []byte
	err  error // of the connection
}

// Read implements io.Reader.
func (r *bodyReader) Read(p []byte) (int, error) {
	if r.read > maxAnswer {
		return 0, io.EOF
	}
	n, err := r.body.Read(p)
	r.read += n
	if room := maxHead - len(r.head); room > 0 {
		r.head = append(r.head, p[:min(n, room)]...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// beginning is how an answer begins, in one line. A token that it repeats is left out.
func (x *attempt) beginning(head []byte) string {
	text := strings.ToValidUTF8(string(head), "�")
	if x.token != "" {
		text = strings.ReplaceAll(text, x.token, "…")
	}
	text = strings.Join(strings.Fields(tokenPattern.ReplaceAllString(text, "…")), " ")
	if runes := []rune(text); len(runes) > maxShown {
		text = string(runes[:maxShown]) + "…"
	}
	return text
}

// holdBody reads the body once. The SDK reuses its buffer as soon as a request ends,
// even while the body is still being sent; and a body that cannot be read twice
// makes Go fail on a stale connection instead of opening another one.
func holdBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, err = req.GetBody()
	return err
}

// longestRetryAfter bounds what a header can make a command wait.
const longestRetryAfter = 5 * time.Minute

// retryAfter reads the header's two forms, seconds and a date; 0 for none.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	var pause time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		pause = time.Duration(min(seconds, int(longestRetryAfter.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		pause = at.Sub(now)
	}
	return max(0, min(pause, longestRetryAfter))
}

// boundTransport gives its context to requests that have none: azkustodata.GetMetadata
// takes no context.
type boundTransport struct {
	ctx  context.Context //nolint:containedctx // the point of it: it lives for one request
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t boundTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.next.RoundTrip(req.WithContext(t.ctx))
}

// completeMetadata fills in what a cluster's metadata leaves out with its cloud's
// values: the SDK would use the public cloud's. A cluster may publish none at all
// (404, or an empty body). A field of an unexpected type counts as left out: the SDK would
// read none of them. An error, or a body that is not JSON, is returned as it is.
func completeMetadata(c cloud.Cloud, status int, body []byte) []byte {
	if status == http.StatusNotFound {
		status, body = http.StatusOK, nil
	}
	var answer struct {
		AzureAD struct{ LoginEndpoint, LoginMfaRequired, KustoServiceResourceID any }
	}
	if status >= 300 || len(bytes.TrimSpace(body)) > 0 && json.Unmarshal(body, &answer) != nil {
		return body
	}
	login, _ := answer.AzureAD.LoginEndpoint.(string)
	audience, _ := answer.AzureAD.KustoServiceResourceID.(string)
	audience = cmp.Or(audience, c.KustoAudience)
	if strings.EqualFold(fmt.Sprint(answer.AzureAD.LoginMfaRequired), "true") {
		// The SDK does this for commands (azkustodata/tokenprovider.go), but not for the
		// metadata that it returns.
		audience = strings.Replace(audience, ".kusto.", ".kustomfa.", 1)
	}
	body, _ = json.Marshal(map[string]any{"AzureAD": azkustodata.CloudInfo{ // strings always marshal
		LoginEndpoint: cmp.Or(login, c.LoginURL()), KustoServiceResourceID: audience,
	}})
	return body
}
