package emulator

import (
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// ClusterConfig describes a cluster for [Emulator.AddCluster].
type ClusterConfig struct {
	Name string // the host is Name + ".westeurope.kusto.windows.net" unless Host is set
	Host string
	// TenantID is the cluster's home tenant, "" for Contoso. Principals of
	// other tenants are shown without their names.
	TenantID string
	// Admins, Viewers and Monitors hold the cluster's AllDatabasesAdmin,
	// AllDatabasesViewer and AllDatabasesMonitor roles.
	Admins, Viewers, Monitors []*Principal
	Behaviour                 Behaviour
}

// Cluster is one emulated cluster. It is safe for concurrent use.
type Cluster struct {
	emulator  *Emulator
	host      string
	tenantID  string
	audiences map[string]bool
	log       commandLog
	faults    faults

	mu        sync.Mutex
	behaviour Behaviour
	roles     roleLists // the cluster's own
	databases map[string]*Database
	pretty    map[string]*Database
}

// clusterRoles are the cluster's own roles, plural here as elsewhere, with their words in Role.
var clusterRoles = []roleWord{
	{"admins", "AllDatabasesAdmin"}, {"viewers", "AllDatabasesViewer"}, {"monitors", "AllDatabasesMonitor"},
}

// AddCluster serves one more cluster. It replaces one of the same host.
func (e *Emulator) AddCluster(config ClusterConfig) *Cluster {
	c := &Cluster{
		emulator: e, host: strings.ToLower(config.Host), tenantID: config.TenantID, behaviour: config.Behaviour,
		roles: roleLists{}, databases: map[string]*Database{}, pretty: map[string]*Database{},
	}
	if c.host == "" {
		c.host = strings.ToLower(config.Name) + ".westeurope.kusto.windows.net"
	}
	if c.tenantID == "" {
		c.tenantID = ContosoTenantID
	}
	c.audiences = map[string]bool{
		"https://" + c.host: true, kustoResource(c.host): true,
		strings.Replace(kustoResource(c.host), "//kusto.", "//api.", 1): true,
	}
	for role, principals := range map[string][]*Principal{"admins": config.Admins, "viewers": config.Viewers, "monitors": config.Monitors} {
		for _, p := range principals {
			c.roles.list(role).put(p, "")
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clusters[c.host] = c
	e.hosts[c.host] = c
	return c
}

// cluster finds a cluster by host name, nil if there is none.
func (e *Emulator) cluster(host string) *Cluster {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.clusters[strings.ToLower(host)]
}

// URI is the cluster's address, without a slash at the end.
func (c *Cluster) URI() string { return "https://" + c.host }

// Host is the cluster's host name.
func (c *Cluster) Host() string { return c.host }

// SetBehaviour changes how the cluster behaves from the next command on.
func (c *Cluster) SetBehaviour(b Behaviour) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behaviour = b
}

// Behaviour is how the cluster behaves now.
func (c *Cluster) Behaviour() Behaviour {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behaviour
}

// Database is one of a cluster's databases, with the entities in it.
type Database struct {
	cluster  *Cluster
	name     string // the database's own name, a GUID in Fabric
	pretty   string // what people call it, "" if that is name
	roles    roleLists
	follower roleLists
	shared   roleLists // by a Fabric workspace or item
	entities map[entityKey]roleLists
	// modification is how a follower's principals combine with its leader's.
	modification string
}

// entityKey finds an entity; entities' names compare with case.
type entityKey struct{ kind, name string }

// AddDatabase adds a database. Its name compares without case.
func (c *Cluster) AddDatabase(name string, admins ...*Principal) *Database {
	return c.AddDatabasePretty(name, "", admins...)
}

// AddDatabasePretty adds a database that has another name for people. Commands may use either.
func (c *Cluster) AddDatabasePretty(name, pretty string, admins ...*Principal) *Database {
	db := &Database{cluster: c, name: name, pretty: pretty, roles: roleLists{}, follower: roleLists{}, shared: roleLists{}, entities: map[entityKey]roleLists{}}
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

// RemoveDatabase drops a database with everything in it.
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

// Share gives p a role on the database by way of its Fabric workspace or item:
// it counts and shows in lists like a grant, but it is none, and no command
// takes it away. role is the plural word.
func (db *Database) Share(role string, p *Principal) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	db.shared.list(role).put(p, "")
}

// Unshare ends what [Database.Share] began.
func (db *Database) Unshare(role string, p *Principal) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	db.shared.list(role).remove(p.FQN())
}

// Name is the database's own name.
func (db *Database) Name() string { return db.name }

// AddTable adds a table.
func (db *Database) AddTable(name string) { db.add(command.Table, name) }

// AddExternalTable adds an external table.
func (db *Database) AddExternalTable(name string) { db.add(command.ExternalTable, name) }

// AddMaterializedView adds a materialized view.
func (db *Database) AddMaterializedView(name string) { db.add(command.MaterializedView, name) }

// AddFunction adds a stored function.
func (db *Database) AddFunction(name string) { db.add(command.Function, name) }

// AddGraphModel adds a graph model.
func (db *Database) AddGraphModel(name string) { db.add(command.GraphModel, name) }

// Add adds an entity of any kind: "table", "external table", "materialized-view", "function" or "graph_model".
func (db *Database) Add(kind, name string) { db.add(kind, name) }

func (db *Database) add(kind, name string) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	db.entities[entityKey{kind, name}] = roleLists{}
}

// Remove drops an entity with its grants; kind as in [Database.Add].
func (db *Database) Remove(kind, name string) {
	db.cluster.mu.Lock()
	defer db.cluster.mu.Unlock()
	delete(db.entities, entityKey{kind, name})
}

// SetLatency makes every command take d longer.
func (c *Cluster) SetLatency(d time.Duration) { c.faults.setLatency(d) }

// newAssignmentID makes the identifier of a grant.
func newAssignmentID() string { return uuid.NewString() }
