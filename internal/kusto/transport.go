package kusto

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// exchange collects what the SDK does not pass on: the headers of the answer,
// and how a token request failed. One belongs to one attempt and travels in its
// context.
type exchange struct {
	// caller is who the attempt is for: once it is done, nothing more is sent. An
	// attempt may outlive it, and does when the command was sent before.
	caller     context.Context //nolint:containedctx // beside the attempt's own
	phase      string          // "metadata" or "command": what was sent last
	status     int
	retryAfter time.Duration
	activityID string
	location   string
	netErr     error
	tokenErr   error
}

type exchangeKey struct{}

func withExchange(ctx, caller context.Context) (context.Context, *exchange) {
	x := &exchange{caller: caller}
	return context.WithValue(ctx, exchangeKey{}, x), x
}

// exchangeOf answers a throw-away exchange for a request nobody watches.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{caller: ctx}
}

// transport sends the SDK's requests: it says which provider is calling, makes
// the body re-sendable, notes the answer's headers, and completes metadata.
type transport struct {
	next    http.RoundTripper
	product string // "terraform-provider-kusto/1.2.3"
	cloud   Cloud
}

// newHTTPClient gives the client that one cluster's requests share. Redirects
// are never followed: the request carries a token for one host.
func newHTTPClient(product string, cloud Cloud, connections int) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's own
	base.MaxIdleConnsPerHost = connections
	return &http.Client{
		Transport: &transport{next: base, product: product, cloud: cloud},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req.Context())
	x.phase = "command"
	if req.Method == http.MethodGet {
		x.phase = "metadata"
	}
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", t.product)
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
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		x.netErr = err
		return nil, err
	}
	x.status = resp.StatusCode
	x.retryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	x.activityID = resp.Header.Get("x-ms-activity-id")
	x.location = resp.Header.Get("Location")
	if x.phase == "metadata" || resp.StatusCode >= http.StatusBadRequest {
		resp, x.netErr = t.whole(resp, x.phase)
	}
	return resp, x.netErr
}

// mostText bounds, in bytes, what is read of metadata and of a refusal.
const mostText = 1 << 20

// whole reads metadata or a refusal to its end: the SDK takes a refusal that was
// cut short for one without words, and never closes metadata that failed.
func (t *transport) whole(resp *http.Response, phase string) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostText))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if phase == "metadata" {
		body = t.cloud.completeMetadata(resp.StatusCode, body)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// holdBody reads the body once. The SDK takes its buffer back as soon as a
// request ends, also one that was cut short while the body was being sent, and
// a body that cannot be rewound makes Go give up on a stale connection instead
// of dialling anew.
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
