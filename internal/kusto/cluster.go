package kusto

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"
)

// CommandsInFlight is how many commands are under way at one cluster at a time.
// The service throttles management commands by its own capacity; this keeps a
// run of thousands of grants from being what it throttles.
const CommandsInFlight = 16

// Credential gives tokens for a cluster.
type Credential interface {
	azcore.TokenCredential
	// Refresh forgets the tokens at hand, so that the next is a fresh one.
	Refresh()
}

// Options are what a Service is made of.
type Options struct {
	// Credential signs in. Its tokens go to trusted hosts of Cloud alone.
	Credential Credential
	// Caller says who the credential signs in as, from a token of it; used to
	// keep the caller from locking itself out. Nil leaves that to what the lists
	// show.
	Caller func(token string) (Caller, error)
	// Cloud decides which hosts are trusted. The zero value is the public cloud.
	Cloud Cloud
	// Product names the provider to the service: "terraform-provider-kusto/1.2.3".
	Product string
	// Pauses are how long is waited between tries.
	Pauses Pauses
	// Notify is told of every pause before another try. Nil is allowed.
	Notify func(context.Context, Event)
}

// Caller is who runs the commands.
type Caller struct {
	ObjectID string
	// ClientID is set for an application or managed identity.
	ClientID string
	TenantID string
}

// Service hands out the clusters that one provider configuration works with.
type Service struct {
	options  Options
	mu       sync.Mutex
	clusters map[ClusterURI]*Cluster
}

// NewService makes a Service. Nothing is sent before a Cluster is used.
func NewService(o Options) *Service {
	if o.Cloud.Name == "" {
		o.Cloud = PublicCloud
	}
	o.Pauses = o.Pauses.withDefaults()
	return &Service{options: o, clusters: make(map[ClusterURI]*Cluster)}
}

// Cloud is the cloud whose hosts are trusted.
func (s *Service) Cloud() Cloud { return s.options.Cloud }

// Cluster gives the cluster at an address; the same one each time, so that its
// connections, pictures and queues are shared.
func (s *Service) Cluster(uri ClusterURI) (*Cluster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clusters[uri]; ok {
		return c, nil
	}
	c, err := newCluster(uri, s.options)
	if err != nil {
		return nil, err
	}
	s.clusters[uri] = c
	return c, nil
}

// Close lets go of idle connections.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clusters {
		_ = c.sdk.Close()
	}
}

// Cluster is one cluster, Eventhouse or pool.
type Cluster struct {
	uri        ClusterURI
	credential Credential
	caller     func(token string) (Caller, error)
	cloud      Cloud
	sdk        *azkustodata.Client
	slots      *semaphore.Weighted
	pauses     Pauses
	notifyFunc func(context.Context, Event)
	// answered is set by the first answer of any kind: from then on a failure is
	// an outage and not a wrong address.
	answered atomic.Bool

	reads  reads
	writes writes
}

func newCluster(uri ClusterURI, o Options) (*Cluster, error) {
	c := &Cluster{
		uri: uri, credential: o.Credential, caller: o.Caller, cloud: o.Cloud,
		slots: semaphore.NewWeighted(CommandsInFlight), pauses: o.Pauses, notifyFunc: o.Notify,
	}
	kcsb := azkustodata.NewConnectionStringBuilder(string(uri)).
		WithTokenCredential(audienceGuard{credential: o.Credential, cloud: o.Cloud})
	// Neither the machine's user nor its program name is told to the service.
	kcsb.ApplicationForTracing, kcsb.UserForTracing = o.Product, azkustodata.NONE
	sdk, err := azkustodata.New(kcsb, azkustodata.WithHttpClient(newHTTPClient(o.Product, o.Cloud, CommandsInFlight)))
	if err != nil {
		return nil, fmt.Errorf("the address %s cannot be used: %w", uri, err)
	}
	c.sdk = sdk
	return c, nil
}

// URI is the cluster's address.
func (c *Cluster) URI() ClusterURI { return c.uri }

func (c *Cluster) notify(ctx context.Context, e Event) {
	if c.notifyFunc != nil {
		c.notifyFunc(ctx, e)
	}
}

// attempt sends a command once and reads its answer.
func (c *Cluster) attempt(ctx context.Context, cmd command) ([]row, *Error) {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return nil, &Error{Kind: Interrupted, Cluster: c.uri, Err: context.Cause(ctx)}
	}
	defer c.slots.Release(1)
	sending, cancel := c.finishing(ctx, cmd.verb)
	defer cancel()
	sending, x := withExchange(sending, ctx)
	request := "TFK." + string(cmd.verb[1:]) + ";" + uuid.NewString()
	answer, err := c.sdk.Mgmt(sending, cmd.database, cmd.statement(), azkustodata.ClientRequestID(request))
	if x.status != 0 {
		c.answered.Store(true)
	}
	if err == nil {
		return rowsOf(answer), nil
	}
	e := c.classify(ctx, err, x)
	if e.RequestID == "" {
		e.RequestID = request
	}
	return nil, e
}

// finishing gives the context of one try. A command that changes something
// outlives its caller for a while, so that one which is on its way can still say
// what it did; a question ends with whoever asked it.
func (c *Cluster) finishing(ctx context.Context, v verb) (context.Context, context.CancelFunc) {
	if v == verbShow {
		return context.WithTimeout(ctx, c.pauses.Attempt)
	}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.pauses.Attempt)
	stop := context.AfterFunc(ctx, func() {
		patience := time.NewTimer(c.pauses.Finish)
		defer patience.Stop()
		select {
		case <-sending.Done():
		case <-patience.C:
			cancel()
		}
	})
	return sending, func() { stop(); cancel() }
}

// audienceGuard is the credential the SDK sees. The audience comes from the
// cluster's metadata, so a token is asked for only when it is one of Kusto's;
// and the SDK keeps no more than the text of an error, so it is noted here.
type audienceGuard struct {
	credential azcore.TokenCredential
	cloud      Cloud
}

// GetToken implements azcore.TokenCredential.
func (g audienceGuard) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	x := exchangeOf(ctx)
	for _, scope := range o.Scopes {
		if err := CheckResource(strings.TrimSuffix(scope, "/.default"), g.cloud); err != nil {
			x.tokenErr = untrustedAudience("", err)
			return azcore.AccessToken{}, x.tokenErr
		}
	}
	token, err := g.credential.GetToken(ctx, o)
	x.tokenErr = err
	return token, err
}
