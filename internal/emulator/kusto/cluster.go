// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// ClusterConfig describes a cluster.
type ClusterConfig struct {
	Name string // the host is Name + ".westeurope.kusto.windows.net" unless Host is set
	Host string
	// Admins have the cluster's AllDatabasesAdmin role from the start, Viewers
	// AllDatabasesViewer and Monitors AllDatabasesMonitor.
	Admins, Viewers, Monitors []*entra.Principal
	Behaviour                 Behaviour
}

// Environment is what a cluster needs besides its configuration.
type Environment struct {
	Entra *entra.Server
	// Closing ends waiting commands, once it is closed.
	Closing <-chan struct{}
	// Uncompressed switches compression of answers off.
	Uncompressed bool
}

// Cluster is one emulated cluster. It is safe for concurrent use.
type Cluster struct {
	environment Environment
	host        string
	audiences   map[string]bool
	log         commandLog
	faults      faults

	mu        sync.Mutex
	behaviour Behaviour
	roles     roleLists // the cluster's own
	creator   *entra.Principal
	databases map[string]*Database
	pretty    map[string]*Database
	groups    map[*entra.Principal][]*entra.Principal // that the cluster remembers
	refreshes map[*entra.Principal][]time.Time        // own refreshes of group membership
}

// NewCluster makes a cluster without databases.
func NewCluster(config ClusterConfig, environment Environment) *Cluster {
	c := &Cluster{
		environment: environment, host: strings.ToLower(config.Host), behaviour: config.Behaviour,
		roles: roleLists{}, databases: map[string]*Database{}, pretty: map[string]*Database{},
		groups: map[*entra.Principal][]*entra.Principal{}, refreshes: map[*entra.Principal][]time.Time{},
	}
	if c.host == "" {
		c.host = strings.ToLower(config.Name) + ".westeurope.kusto.windows.net"
	}
	c.audiences = map[string]bool{
		"https://" + c.host: true, kustoResource(c.host): true,
		strings.Replace(kustoResource(c.host), "//kusto.", "//api.", 1): true,
		mfaResource(kustoResource(c.host)):                              true,
	}
	for role, principals := range map[string][]*entra.Principal{clusterAdmins: config.Admins, clusterViewers: config.Viewers, clusterMonitors: config.Monitors} {
		for _, p := range principals {
			g, _ := c.roles.list(role).put(p, "")
			g.creator = true
		}
	}
	if len(config.Admins) > 0 {
		c.creator = config.Admins[0]
	}
	environment.Entra.AddResource(c.host)
	return c
}

// URI is the cluster's address, without a slash at the end.
func (c *Cluster) URI() string { return "https://" + c.host }

// Host is the cluster's host name.
func (c *Cluster) Host() string { return c.host }

// SetBehaviour changes the behaviour, from the next command on.
func (c *Cluster) SetBehaviour(b Behaviour) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behaviour = b
}

// currentBehaviour returns the behaviour of the next command.
func (c *Cluster) currentBehaviour() Behaviour {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behaviour
}

// Database is one of a cluster's databases, with the entities in it.
type Database struct {
	cluster  *Cluster
	name     string // the database's own name, a GUID in Fabric
	pretty   string // the pretty name, "" if there is none
	roles    roleLists
	follower roleLists
	id       string
	follows  bool
	shared   roleLists // roles that come from a Fabric workspace or item
	entities map[entityKey]*entity
}

// entityKey finds an entity. Names of entities are case-sensitive.
type entityKey struct{ kind, name string }

// AddDatabase adds a database. Its name is case-insensitive.
func (c *Cluster) AddDatabase(name string, admins ...*entra.Principal) *Database {
	return c.AddDatabasePretty(name, "", admins...)
}

// AddDatabasePretty adds a database with a pretty name. Commands may use either name.
func (c *Cluster) AddDatabasePretty(name, pretty string, admins ...*entra.Principal) *Database {
	db := &Database{cluster: c, id: uuid.NewString(), name: name, pretty: pretty, roles: roleLists{}, follower: roleLists{}, shared: roleLists{}, entities: map[entityKey]*entity{}}
	for _, p := range admins {
		db.roles.list("admins").put(p, "")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.databases[strings.ToLower(name)] = db
	if pretty != "" {
		c.pretty[strings.ToLower(pretty)] = db
	}
	return db
}

// RemoveDatabase drops a database with its entities.
func (c *Cluster) RemoveDatabase(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if db := c.database(name); db != nil {
		delete(c.databases, strings.ToLower(db.name))
		delete(c.pretty, strings.ToLower(db.pretty))
	}
}

// database finds a database by either name. The caller holds c.mu.
func (c *Cluster) database(name string) *Database {
	key := strings.ToLower(name)
	if db := c.databases[key]; db != nil {
		return db
	}
	return c.pretty[key]
}

// Database finds a database by either name, nil if there is none.
func (c *Cluster) Database(name string) *Database {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.database(name)
}

// Share gives p a role on the database through its Fabric workspace or item. The
// role counts and is listed, but no command removes it. role is "admins", "users" or
// "viewers".
func (db *Database) Share(role string, p *entra.Principal) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	db.shared.list(role).put(p, "")
}

// AddTable adds a table.
func (db *Database) AddTable(name string) { db.Add(command.Table, name) }

// AddGraphModel adds a graph model.
func (db *Database) AddGraphModel(name string) { db.Add(command.GraphModel, name) }

// Add adds an entity. The cluster's first admin creates it, and is a direct admin of it
// from then on, but for external tables. kind is "table", "external table", "materialized-view",
// "function" or "graph_model".
func (db *Database) Add(kind, name string) { db.AddIn(kind, name, "") }

// AddIn is [Database.Add] with the folder that lists show. Graph models have none.
func (db *Database) AddIn(kind, name, folder string) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	e := newEntity(folder)
	db.entities[entityKey{kind, name}] = e
	if c := db.cluster; c.creator != nil && kind != command.ExternalTable && !c.behaviour.NoCreators {
		g, _ := e.roles.list("admins").put(c.creator, "")
		g.creator = true
	}
}

// Remove drops an entity with its grants. kind is as in [Database.Add].
func (db *Database) Remove(kind, name string) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	delete(db.entities, entityKey{kind, name})
}
