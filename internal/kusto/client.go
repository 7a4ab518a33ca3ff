// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	v1 "github.com/Azure/azure-kusto-go/azkustodata/query/v1"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// Credential gets access tokens for clusters.
type Credential interface {
	azcore.TokenCredential
	// Refresh drops cached tokens, so that the next one is new.
	Refresh()
}

// Options configure [NewClients].
type Options struct {
	// Credential signs in. Its tokens are sent to trusted hosts of Cloud only.
	Credential Credential
	// Caller returns the principals that an access token stands for: the identity
	// that signed in first, then groups it is proven to be in. It keeps the caller
	// from removing its own access. Optional.
	Caller func(token string) ([]FQN, error)
	// Cloud decides which hosts are trusted.
	Cloud cloud.Cloud
	// Product names the provider to the service: "terraform-provider-kusto/1.2.3".
	Product string
	// Retry are the waits between tries.
	Retry RetryOptions
	// Notify is called before each wait. Optional.
	Notify func(context.Context, Event)
}

// Clients holds one [Client] for each cluster that a provider configuration uses.
type Clients struct {
	options   Options
	mu        sync.Mutex
	byCluster map[ClusterURI]*Client
	login     reach
}

// NewClients returns an empty set. Nothing is sent before a client is used.
func NewClients(o Options) *Clients {
	o.Retry = o.Retry.withDefaults()
	return &Clients{options: o, byCluster: make(map[ClusterURI]*Client)}
}

// Client returns the client of a cluster, the same one each time: its connections,
// cache and queues are shared. It fails if the SDK does not accept the address.
func (c *Clients) Client(uri ClusterURI) (*Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.byCluster[uri]; ok {
		return client, nil
	}
	client, err := newClient(uri, c.options, &c.login)
	if err != nil {
		return nil, err
	}
	c.byCluster[uri] = client
	return client, nil
}

// Client reads and changes the grants of one cluster, Eventhouse or pool. It is
// safe for concurrent use.
type Client struct {
	uri     ClusterURI
	options Options
	sdk     *azkustodata.Client
	slots   *slots
	cache   cache
	queues  roleQueues
	writes  activity
	// databases are read for a search, and after a refusal.
	databases databaseList

	// cluster is whether the cluster was reached. After its first answer of any kind, a
	// failure is an outage and not a wrong address. login is the login host's, which
	// all clusters share.
	cluster reach
	login   *reach
	// failing is the last failed try, until one succeeds. It is the explanation for
	// a caller whose time is up while it waits for somebody else's command.
	failing atomic.Pointer[Error]
}

func newClient(uri ClusterURI, o Options, login *reach) (*Client, error) {
	sdk, err := newSDKClient(uri, o)
	if err != nil {
		return nil, fmt.Errorf("the address %s cannot be used: %w", uri, err)
	}
	return &Client{
		uri: uri, options: o, sdk: sdk, login: login, slots: newSlots(),
		cache:  cache{entries: make(map[securableKey]*cacheEntry)},
		queues: roleQueues{byRole: make(map[roleKey]*roleQueue)},
	}, nil
}

// URI is the cluster's address.
func (c *Client) URI() ClusterURI { return c.uri }

// send sends a command once and reads its answer.
func (c *Client) send(ctx context.Context, cmd command) (rows []row, failed *Error) {
	release, err := c.slots.acquire(ctx)
	if err != nil {
		return nil, &Error{Reason: ErrInterrupted, Cluster: c.uri, Err: context.Cause(ctx)}
	}
	defer func() { release(failed) }()
	failed = c.attempt(ctx, cmd, func(answer v1.Dataset) (err error) {
		rows, err = rowsOf(answer, cmd)
		return err
	})
	return rows, failed
}

// attempt sends a command once and passes its answer to read.
func (c *Client) attempt(ctx context.Context, cmd command, read func(v1.Dataset) error) *Error {
	sending, x := withExchange(ctx)
	x.command = cmd
	sending, cancel := c.attemptContext(sending, x, cmd.verb)
	defer cancel()
	request := "TFK." + string(cmd.verb[1:]) + ";" + uuid.NewString()
	err := c.exchange(sending, cmd, request, read)
	if x.status != 0 {
		c.cluster.reached()
	}
	if x.signedIn {
		c.login.reached()
	}
	if err == nil {
		c.failing.Store(nil)
		return nil
	}
	e := c.classify(ctx, err, x)
	if e.RequestID == "" {
		e.RequestID = request
	}
	return e
}

// exchange has the SDK send a command, and passes the answer to read. The SDK panics on a
// row that is wider than its columns (azkustodata/query/v1/table.go).
func (c *Client) exchange(ctx context.Context, cmd command, request string, read func(v1.Dataset) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = cmd.unexpected(fmt.Errorf("it could not be read: %v", p))
		}
	}()
	answer, err := c.sdk.Mgmt(ctx, cmd.database, cmd.statement(), azkustodata.ClientRequestID(request))
	if err != nil {
		return err
	}
	return read(answer)
}

// attemptContext is the context of one try. A command that was sent and may change
// something goes on for a while after its caller was cancelled, so that its result can
// be recorded. Before it is sent, and for a read, it ends with its caller. A cluster
// that has never answered gets no more time than it takes to call it unreachable.
func (c *Client) attemptContext(ctx context.Context, x *exchange, v verb) (context.Context, context.CancelFunc) {
	limit := c.options.Retry.Write
	if v == verbShow {
		limit = c.options.Retry.Attempt
	}
	if !c.cluster.answered() {
		limit = min(limit, c.options.Retry.Unreachable)
	}
	if v == verbShow {
		return context.WithTimeout(ctx, limit)
	}
	attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() {
		if !x.sent.Load() {
			cancel()
			return
		}
		timer := time.NewTimer(c.options.Retry.Finish)
		defer timer.Stop()
		select {
		case <-attempt.Done():
		case <-timer.C:
			cancel()
		}
	})
	return attempt, func() { stop(); cancel() }
}

// gaveUp is the error of a caller whose context is done while it waits for a
// command that it shares with others.
func (c *Client) gaveUp(ctx context.Context) *Error {
	if e := c.failing.Load(); e != nil {
		return e.timeUp(ctx)
	}
	e := &Error{Reason: ErrInterrupted, Cluster: c.uri, Err: context.Cause(ctx)}
	if !c.cluster.answered() && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		e.silent()
	}
	return e.timeUp(ctx)
}

// callerPrincipals are the principals that the client's commands run as.
func (c *Client) callerPrincipals(ctx context.Context) ([]FQN, error) {
	if c.options.Caller == nil {
		return nil, nil
	}
	audience, err := c.Audience(ctx)
	if err != nil {
		return nil, err
	}
	token, err := c.options.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
	if err != nil {
		return nil, &Error{Reason: ErrSignIn, Cluster: c.uri, Err: err}
	}
	return c.options.Caller(token.Token)
}
