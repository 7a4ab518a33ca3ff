// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"sync"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Options configure [NewClients].
type Options struct {
	mgmt.Options
	// Caller returns the principals that an access token stands for: the identity
	// that signed in first, then groups it is proven to be in. It keeps the caller
	// from removing its own access. Optional.
	Caller func(token string) ([]FQN, error)
	// TenantID returns the id of the tenant that a domain belongs to. It is empty without an
	// error if there is none. Optional.
	TenantID func(ctx context.Context, domain string) (id string, err error)
	// Waits are how long a write waits for what it needs.
	Waits Waits
}

// Waits are how long a write waits for what it needs. A field that is zero has its default.
type Waits struct {
	// PropagationInitial and PropagationMax bound the wait while Microsoft Entra ID
	// does not show a new principal. The service remembers a miss for minutes, so
	// quick retries are of no use. Default 5 s and 1 min.
	PropagationInitial, PropagationMax time.Duration
	// Prerequisite is how long a grant is tried that is refused because the principal
	// lacks a role on the database. Default 1 min.
	Prerequisite time.Duration
	// Lookup is how long a question is tried that only explains an answer which is there
	// already: which principal a name stands for, and whether a change was made.
	// Default 30 s.
	Lookup time.Duration
	// Quiet is how long no other write may have been under way before the caller's own
	// admin grant is dropped. Default 2 s.
	Quiet time.Duration
}

func (w Waits) withDefaults() Waits {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&w.PropagationInitial, 5 * time.Second}, {&w.PropagationMax, time.Minute},
		{&w.Prerequisite, time.Minute}, {&w.Lookup, 30 * time.Second}, {&w.Quiet, 2 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return w
}

// Clients holds one [Client] for each cluster that a provider configuration uses.
type Clients struct {
	options   Options
	mu        sync.Mutex
	byCluster map[mgmt.ClusterURI]*Client
	login     mgmt.Reach
	tenants   *Tenants
}

// Tenants are those that the clients know; nil for a nil set, which knows none.
func (c *Clients) Tenants() *Tenants {
	if c == nil {
		return nil
	}
	return c.tenants
}

// NewClients returns an empty set. Nothing is sent before a client is used.
func NewClients(o Options) *Clients {
	o.Waits = o.Waits.withDefaults()
	return &Clients{options: o, byCluster: make(map[mgmt.ClusterURI]*Client), tenants: &Tenants{ask: o.TenantID}}
}

// Client returns the client of a cluster, the same one each time: its connections,
// cache and queues are shared. It fails if the SDK does not accept the address.
func (c *Clients) Client(uri mgmt.ClusterURI) (*Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.byCluster[uri]; ok {
		return client, nil
	}
	conn, err := mgmt.NewConn(uri, c.options.Options, &c.login)
	if err != nil {
		return nil, err
	}
	client := &Client{
		conn: conn, caller: c.options.Caller, waits: c.options.Waits, tenants: c.tenants,
		cache:  cache{entries: make(map[securableKey]*cacheEntry)},
		queues: roleQueues{byRole: make(map[roleKey]*roleQueue)},
	}
	c.byCluster[uri] = client
	return client, nil
}

// Client reads and changes the grants of one cluster, Eventhouse or pool. It is
// safe for concurrent use.
type Client struct {
	conn   *mgmt.Conn
	caller func(token string) ([]FQN, error)
	waits  Waits

	tenants *Tenants
	cache   cache
	queues  roleQueues
	writes  activity
	// databases are read for a search, and after a refusal.
	databases databaseList
	side      sideQuestions
}

// Conn sends the client's commands.
func (c *Client) Conn() *mgmt.Conn { return c.conn }

// callerPrincipals are the principals that the client's commands run as. It is a question on
// the side.
func (c *Client) callerPrincipals(ctx context.Context) ([]FQN, error) {
	if c.caller == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sideLimit)
	defer cancel()
	token, err := c.conn.Token(ctx)
	if err != nil {
		return nil, err
	}
	return c.caller(token)
}
