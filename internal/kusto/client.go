package kusto

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// MaxConcurrentCommands is how many commands are in flight at one cluster at a
// time. The service limits concurrent requests by the cluster's size.
const MaxConcurrentCommands = 16

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
	client, err := newClient(uri, c.options)
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
	slots   *semaphore.Weighted
	cache   cache
	queues  roleQueues

	// answered is set by the first answer of any kind: a failure after it is an
	// outage, not a wrong address.
	answered atomic.Bool
	// failing is the last failed try, until one succeeds. It is the explanation for
	// a caller whose time is up while it waits for somebody else's command.
	failing atomic.Pointer[Error]
}

func newClient(uri ClusterURI, o Options) (*Client, error) {
	sdk, err := newSDKClient(uri, o)
	if err != nil {
		return nil, fmt.Errorf("the address %s cannot be used: %w", uri, err)
	}
	return &Client{
		uri: uri, options: o, sdk: sdk, slots: semaphore.NewWeighted(MaxConcurrentCommands),
		cache:  cache{entries: make(map[securableKey]*cacheEntry)},
		queues: roleQueues{byRole: make(map[roleKey]*roleQueue)},
	}, nil
}

// URI is the cluster's address.
func (c *Client) URI() ClusterURI { return c.uri }

// send sends a command once and reads its answer.
func (c *Client) send(ctx context.Context, cmd command) ([]row, *Error) {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return nil, &Error{Reason: ErrInterrupted, Cluster: c.uri, Err: context.Cause(ctx)}
	}
	defer c.slots.Release(1)
	sending, cancel := c.attemptContext(ctx, cmd.verb)
	defer cancel()
	sending, x := withExchange(sending, ctx)
	request := "TFK." + string(cmd.verb[1:]) + ";" + uuid.NewString()
	answer, err := c.sdk.Mgmt(sending, cmd.database, cmd.statement(), azkustodata.ClientRequestID(request))
	if x.status != 0 {
		c.answered.Store(true)
	}
	if err == nil {
		c.failing.Store(nil)
		return rowsOf(answer), nil
	}
	e := c.classify(ctx, err, x)
	if e.RequestID == "" {
		e.RequestID = request
	}
	return nil, e
}

// attemptContext is the context of one try. A write that was sent goes on for a
// while after its caller was cancelled, so that its result can be recorded. A read
// ends with its caller.
func (c *Client) attemptContext(ctx context.Context, v verb) (context.Context, context.CancelFunc) {
	if v == verbShow {
		return context.WithTimeout(ctx, c.options.Retry.Attempt)
	}
	attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.options.Retry.Attempt)
	stop := context.AfterFunc(ctx, func() {
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
	return (&Error{Reason: ErrInterrupted, Cluster: c.uri, Err: context.Cause(ctx)}).timeUp(ctx)
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
