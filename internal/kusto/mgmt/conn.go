// SPDX-License-Identifier: MPL-2.0

// Package mgmt sends management commands to Kusto clusters. A [Conn] sends one command
// and returns one answer, or one [*Error] that says why there is none. It knows HTTP,
// tokens and time, and neither principals nor securables.
package mgmt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// Credential gets access tokens for clusters.
type Credential interface {
	azcore.TokenCredential
	// Refresh drops cached tokens, so that the next one is new.
	Refresh()
}

// Options configure [NewConn].
type Options struct {
	// Credential signs in. Its tokens are sent to trusted hosts of Cloud only.
	Credential Credential
	// Cloud decides which hosts are trusted.
	Cloud cloud.Cloud
	// Product names the provider to the service: "terraform-provider-kusto/1.2.3".
	Product string
	// Retry are the waits between tries.
	Retry RetryOptions
	// Notify is called before each wait. Optional.
	Notify func(context.Context, Event)
}

// Conn sends commands to one cluster, Eventhouse or pool. It is safe for concurrent use.
type Conn struct {
	uri     ClusterURI
	options Options
	sdk     *azkustodata.Client
	slots   *slots

	// cluster is whether the cluster was reached. After its first answer of any kind, a
	// failure is an outage and not a wrong address. login is the login host's, which
	// all clusters share.
	cluster Reach
	login   *Reach
	// failing is the last failed try, until one succeeds. It is the explanation for
	// a caller whose time is up while it waits for somebody else's command.
	failing atomic.Pointer[failedTry]

	// asking is held while somebody asks whether the cluster is there, asked is set once
	// that is known, and absent is why it is not.
	asking sync.Mutex
	asked  bool
	absent *Error
}

// NewConn returns a Conn for a cluster. Nothing is sent before it is used. login is shared
// by all Conns that sign in with one credential. It is an error if the SDK does not accept
// the address.
func NewConn(uri ClusterURI, o Options, login *Reach) (*Conn, error) {
	o.Retry = o.Retry.withDefaults()
	sdk, err := newSDKClient(uri, o.Credential, o.Cloud, o.Product)
	if err != nil {
		return nil, fmt.Errorf("the address %s cannot be used: %w", uri, err)
	}
	return &Conn{uri: uri, options: o, sdk: sdk, login: login, slots: newSlots()}, nil
}

// URI is the cluster's address.
func (c *Conn) URI() ClusterURI { return c.uri }

// Send sends a command once and returns the rows of its answer.
func (c *Conn) Send(ctx context.Context, cmd Command) (rows []Row, failed *Error) {
	if lost := c.lost(); lost != nil {
		return nil, lost
	}
	release, err := c.slots.acquire(ctx)
	if err != nil {
		return nil, &Error{Reason: ErrInterrupted, Cluster: c.uri, Err: context.Cause(ctx)}
	}
	defer func() { release(failed) }()
	answer, failed := c.try(ctx, cmd)
	return answer.Rows, failed
}

// Ask sends a command once, whatever its answer is, and without waiting for the other
// commands of the Conn. It is for tools that find out how a service behaves. The error is
// an [*Error].
func (c *Conn) Ask(ctx context.Context, cmd Command) (Answer, error) {
	answer, failed := c.try(ctx, cmd)
	if failed != nil {
		return Answer{}, failed
	}
	return answer, nil
}

// try sends a command once and reads its answer.
func (c *Conn) try(ctx context.Context, cmd Command) (Answer, *Error) {
	sending, x := withAttempt(ctx)
	x.command = cmd
	sending, cancel := c.attemptContext(sending, x, cmd.Verb)
	defer cancel()
	request := "TFK." + string(cmd.Verb[1:]) + ";" + uuid.NewString()
	_, err := c.sdk.Mgmt(sending, cmd.Database, cmd.statement(), azkustodata.ClientRequestID(request))
	if x.status != 0 {
		c.cluster.reached()
	}
	if x.signedIn {
		c.login.reached()
	}
	if err == nil {
		c.failing.Store(nil)
		return x.answer, nil
	}
	e := classify(ctx, c.uri, err, x)
	e.MayHaveRun = cmd.Verb != Show && x.sent.Load() && !e.isRefusal()
	if e.RequestID == "" {
		e.RequestID = request
	}
	return Answer{}, e
}

// attemptContext is the context of one try. A command that was sent and may change
// something goes on for a while after its caller was cancelled, so that its result can
// be recorded. Before it is sent, for a read, and if its caller's time is up, it ends with its
// caller. A cluster that has never answered gets no more time than it takes to call it
// unreachable.
func (c *Conn) attemptContext(ctx context.Context, x *attempt, v Verb) (context.Context, context.CancelFunc) {
	limit := c.options.Retry.Write
	if v == Show {
		limit = c.options.Retry.Attempt
	}
	if !c.cluster.answered() {
		limit = min(limit, c.options.Retry.Unreachable)
	}
	if v == Show {
		return context.WithTimeout(ctx, limit)
	}
	finishing, cancel := c.Finishing(ctx)
	stop := context.AfterFunc(ctx, func() {
		if !x.sent.Load() || isTimeUp(ctx) {
			cancel()
		}
	})
	limited, cancelLimited := context.WithTimeout(finishing, limit)
	return limited, func() { stop(); cancelLimited(); cancel() }
}

// isTimeUp reports whether a context is done because its time is up.
func isTimeUp(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), context.DeadlineExceeded)
}

// settle is how long a caller whose time is up waits for the result of a command that ends with
// it.
const settle = time.Second

// Finishing returns a context that outlasts ctx by the time that a command may take to
// finish after its caller was cancelled ([RetryOptions], Finish), or to end after its
// caller's time was up.
func (c *Conn) Finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	finishing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		limit := c.options.Retry.Finish
		if isTimeUp(ctx) {
			limit = min(limit, settle)
		}
		finish, done := context.WithTimeout(finishing, limit)
		defer done()
		<-finish.Done()
		cancel()
	})
	return finishing, func() { stop(); cancel() }
}

// WriteLimit is how long one try of a command that changes something may take.
func (c *Conn) WriteLimit() time.Duration { return c.options.Retry.Write }

// failedTry is a try of a command that failed.
type failedTry struct {
	command Command
	err     *Error
}

// GaveUp is the error of a caller whose context is done while it waits for a command that
// it shares with others. What is wrong with the cluster or the sign-in is the reason, and so is
// a failure of the caller's own command, as own says. Any other failure of another command may
// explain it, and is no answer to what the caller asked.
func (c *Conn) GaveUp(ctx context.Context, own func(Command) bool) *Error {
	e := &Error{Reason: ErrInterrupted, Cluster: c.uri, Err: context.Cause(ctx), MayHaveRun: true}
	if failed := c.failing.Load(); failed != nil {
		if failed.err.IsClusterWide() || own != nil && own(failed.command) {
			e = failed.err.timeUp(ctx)
			e.MayHaveRun = true // the caller's own
			return e
		}
		e.Elsewhere = failed.err
	}
	if !c.cluster.answered() && isTimeUp(ctx) {
		e.setSilent()
	}
	return e.timeUp(ctx)
}

// RawMetadata requests the cluster's sign-in metadata once, and returns the status and
// the body as they are. The error is an [*Error].
func (c *Conn) RawMetadata(ctx context.Context) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Retry.Attempt)
	defer cancel()
	asking, x := withAttempt(ctx)
	request, err := http.NewRequestWithContext(asking, http.MethodGet, string(c.uri)+"/v1/rest/auth/metadata", nil)
	if err != nil {
		return 0, nil, &Error{Reason: ErrUnavailable, Cluster: c.uri, Err: err}
	}
	response, err := c.sdk.HttpClient().Do(request)
	if err != nil {
		return 0, nil, classify(ctx, c.uri, err, x)
	}
	_ = response.Body.Close() // it was read already
	return x.status, x.metadata, nil
}
