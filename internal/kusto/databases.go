// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
	"github.com/kusto-community/terraform-provider-kusto/internal/singleflight"
)

// ErrFollower is the reason if the database follows one of another cluster, and is read-only.
const ErrFollower mgmt.Reason = "follower database"

// ListedDatabase is a database in the list of its cluster.
type ListedDatabase struct {
	// Name is the database's own name. In Fabric it is a GUID.
	Name string
	// PrettyName is another name of it. Empty if there is none.
	PrettyName string
	// ID is a GUID. Empty if the engine does not show it.
	ID string
	// AccessMode is ReadWrite, ReadOnly, ReadOnlyFollowing or ReadWriteEphemeral
	// (Microsoft, ".show databases").
	AccessMode string

	prettyIsShared bool // by another database
}

// DisplayName is the name that people write: the pretty name if the own name is a GUID.
// Commands accept both. A pretty name that two databases have is not used.
func (d ListedDatabase) DisplayName() string {
	if IsGUID(d.Name) && d.PrettyName != "" && !d.prettyIsShared {
		return d.PrettyName
	}
	return d.Name
}

// Follows reports whether the database follows one of another cluster, and is read-only.
func (d ListedDatabase) Follows() bool { return SameName(d.AccessMode, "ReadOnlyFollowing") }

// names are the names that the database alone has.
func (d ListedDatabase) names() []string {
	if d.PrettyName == "" || d.prettyIsShared {
		return []string{d.Name}
	}
	return []string{d.Name, d.PrettyName}
}

// databaseNamed is the database with a name: its own, or a pretty name that no other has. Nil
// if there is none.
func databaseNamed(databases []ListedDatabase, name string) *ListedDatabase {
	for _, isNamed := range []func(ListedDatabase) bool{
		func(d ListedDatabase) bool { return SameName(d.Name, name) },
		func(d ListedDatabase) bool { return SameName(d.PrettyName, name) && !d.prettyIsShared },
	} {
		if i := slices.IndexFunc(databases, isNamed); i >= 0 {
			return &databases[i]
		}
	}
	return nil
}

// readDatabases reads the answer of `.show databases`, and sorts it by name.
func readDatabases(rows []mgmt.Row) []ListedDatabase {
	databases := make([]ListedDatabase, len(rows))
	nameCount := make(map[string]int) // of a name, own or pretty
	for i, r := range rows {
		d := ListedDatabase{
			Name: r.Get("DatabaseName"), PrettyName: r.Get("PrettyName"), ID: r.Get("DatabaseId"), AccessMode: r.Get("DatabaseAccessMode"),
		}
		databases[i] = d
		nameCount[fold(d.Name)]++
		if !SameName(d.Name, d.PrettyName) {
			nameCount[fold(d.PrettyName)]++
		}
	}
	for i := range databases {
		databases[i].prettyIsShared = nameCount[fold(databases[i].PrettyName)] > 1
	}
	slices.SortFunc(databases, func(a, b ListedDatabase) int { return cmp.Compare(a.DisplayName(), b.DisplayName()) })
	return databases
}

// Databases lists the databases of the cluster that the caller may see, sorted by name.
func (c *Client) Databases(ctx context.Context) ([]ListedDatabase, error) {
	rows, err := c.conn.Run(ctx, ShowDatabases(mgmt.NoDatabase))
	if err != nil {
		return nil, err
	}
	return readDatabases(rows), nil
}

// databaseList is the cluster's databases, or the refusal to list them, for the length of
// a run.
type databaseList struct {
	mu    sync.Mutex
	read  bool
	all   []ListedDatabase
	err   error
	reads singleflight.Group[struct{}, []ListedDatabase]
	names map[string]usedName
}

// knownDatabases is [Client.Databases] for a caller that does not need those that were made
// in this run. It is asked once.
func (c *Client) knownDatabases(ctx context.Context) ([]ListedDatabase, error) {
	known := &c.databases
	return readShared(ctx, c, &known.reads, func() ([]ListedDatabase, *struct{}, error) {
		known.mu.Lock()
		defer known.mu.Unlock()
		if !known.read {
			return nil, &struct{}{}, nil
		}
		return known.all, nil, known.err
	}, ShowDatabases(mgmt.NoDatabase), func(struct{}) ([]ListedDatabase, error) {
		all, err := c.Databases(ctx)
		known.mu.Lock()
		defer known.mu.Unlock()
		if err == nil || errors.Is(err, mgmt.ErrForbidden) || errors.Is(err, mgmt.ErrRefused) {
			known.read, known.all, known.err = true, all, err
		}
		return all, err
	})
}

// SeesNoDatabase reports whether the list of databases that a search read is empty.
func (c *Client) SeesNoDatabase() bool {
	c.databases.mu.Lock()
	defer c.databases.mu.Unlock()
	return c.databases.read && c.databases.err == nil && len(c.databases.all) == 0
}

// list are the databases as a search has read them.
func (l *databaseList) list() []ListedDatabase {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}

// listedDatabase is what the cluster, or the database itself, lists of a database: some show a
// database only to those who ask in it. It is a question on the side; nil without an answer.
func (c *Client) listedDatabase(ctx context.Context, name string) *ListedDatabase {
	return c.side.databases.once(ctx, fold(name), func() *ListedDatabase {
		all := c.side.cluster.once(ctx, struct{}{}, func() []ListedDatabase {
			if all := c.databases.list(); all != nil {
				return all
			}
			rows, _ := c.askOnce(ctx, ShowDatabases(mgmt.NoDatabase))
			return readDatabases(rows)
		})
		if d := databaseNamed(all, name); d != nil {
			return d
		}
		rows, _ := c.askOnce(ctx, ShowDatabases(name))
		return databaseNamed(readDatabases(rows), name)
	})
}

// usedName is a name of a database, in lower case, that a run has used.
type usedName struct {
	// first is the one name of the database: the first of its names that was used, or, for a
	// GUID, the name that people write.
	first string
	// asked is set once it was asked which names the database has.
	asked bool
}

// canonical returns the securable with the one name that its database has in this run.
func (c *Client) canonical(ctx context.Context, s Securable) Securable {
	s.Database = c.DatabaseName(ctx, s.Database)
	return s
}

// DatabaseName is the one name that a database has in this run, whichever of its names is
// given. A database has a name of its own and may have a pretty name, and is one: its cache
// and queues are found by name. As long as a run uses one name, there is nothing to ask.
// Without an answer, two names are two databases. Empty for no name.
func (c *Client) DatabaseName(ctx context.Context, name string) string {
	used, alone := c.databases.use(name)
	if used.asked || alone && !IsGUID(name) {
		return used.first
	}
	d := c.listedDatabase(ctx, name)
	known := &c.databases
	known.mu.Lock()
	defer known.mu.Unlock()
	first := used.first
	if d != nil {
		if IsGUID(name) {
			first = d.DisplayName()
		}
		for _, other := range d.names() {
			if o, isUsed := known.names[fold(other)]; isUsed && fold(other) != fold(name) {
				first = o.first
			}
		}
	}
	known.names[fold(name)] = usedName{first, ctx.Err() == nil}
	if d != nil {
		for _, other := range d.names() { // they need not be asked for
			known.names[fold(other)] = usedName{first, true}
		}
	}
	return first
}

// KnownDatabaseName is [Client.DatabaseName] as far as it is known: it does not ask, and the
// name does not count as used.
func (c *Client) KnownDatabaseName(name string) string {
	c.databases.mu.Lock()
	defer c.databases.mu.Unlock()
	if used, isKnown := c.databases.names[fold(name)]; isKnown {
		return used.first
	}
	return name
}

// use returns what is known of a name, and whether the run has used no other. A cluster's
// empty one is no database's.
func (l *databaseList) use(name string) (used usedName, alone bool) {
	if name == "" {
		return used, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.names == nil {
		l.names = make(map[string]usedName)
	}
	used, isKnown := l.names[fold(name)]
	if !isKnown {
		used = usedName{first: name}
		l.names[fold(name)] = used
	}
	return used, len(l.names) == 1
}

// withFollower returns the error of a write that was refused. It has the reason
// [ErrFollower] if the database follows another cluster's. If the databases cannot be
// listed, the error is as it was.
func (c *Client) withFollower(ctx context.Context, s Securable, err error) error {
	e := mgmt.AsError(err)
	if s.Type == Cluster || e.Reason != mgmt.ErrRefused && e.Reason != mgmt.ErrForbidden || e.TimeUp != nil {
		return err
	}
	if d := c.listedDatabase(ctx, s.Database); d != nil && d.Follows() {
		return e.WithReason(ErrFollower)
	}
	return err
}

// Entity is a securable inside a database, as the database lists it.
type Entity struct {
	Securable
	// Folder is where tools show the entity. Empty for none, and for a graph model.
	Folder string
}

// Entities lists the entities of one type in a database, sorted by name.
func (c *Client) Entities(ctx context.Context, t *SecurableType, database string) ([]Entity, error) {
	rows, err := c.conn.Run(ctx, ShowEntities(t, database))
	if err != nil {
		return nil, err
	}
	entities := make([]Entity, len(rows))
	for i, r := range rows {
		name := r.Get(t.nameColumn)
		entities[i] = Entity{Securable{Type: t, Database: database, Name: name}, r.Get("Folder")}
	}
	slices.SortFunc(entities, func(a, b Entity) int { return cmp.Compare(a.Name, b.Name) })
	return entities, nil
}
