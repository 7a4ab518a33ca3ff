// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
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

func (d ListedDatabase) isNamed(name string) bool {
	return SameName(d.Name, name) || SameName(d.PrettyName, name)
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
	reads singleflight.Group
}

// knownDatabases is [Client.Databases] for a caller that does not need those that were made
// in this run. It is asked once.
func (c *Client) knownDatabases(ctx context.Context) ([]ListedDatabase, error) {
	known := &c.databases
	return readShared(ctx, c, &known.reads, func() (all []ListedDatabase, key string, err error) {
		known.mu.Lock()
		defer known.mu.Unlock()
		if !known.read {
			key = "databases"
		}
		return known.all, key, known.err
	}, func() ([]ListedDatabase, error) {
		all, err := c.Databases(ctx)
		known.mu.Lock()
		defer known.mu.Unlock()
		if err == nil || errors.Is(err, mgmt.ErrForbidden) || errors.Is(err, mgmt.ErrRefused) {
			known.read, known.all, known.err = true, all, err
		}
		return all, err
	})
}

// canonical returns the securable with the name of its database that people write. A database
// has two names in Fabric, a GUID and a display name, and is one: its cache and queues are
// found by name. The GUID is looked up once a run, and any other name is taken for canonical.
func (c *Client) canonical(ctx context.Context, s Securable) Securable {
	if !IsGUID(s.Database) {
		return s
	}
	databases, _ := c.knownDatabases(ctx)
	for _, d := range databases {
		if SameName(d.Name, s.Database) {
			s.Database = d.DisplayName()
		}
	}
	return s
}

// withFollower returns the error of a write that was refused. It has the reason
// [ErrFollower] if the database follows another cluster's. If the databases cannot be
// listed, the error is as it was.
func (c *Client) withFollower(ctx context.Context, s Securable, err error) error {
	e := mgmt.AsError(err)
	if e.Reason != mgmt.ErrRefused && e.Reason != mgmt.ErrForbidden || e.TimeUp != nil {
		return err
	}
	databases, _ := c.knownDatabases(ctx)
	if slices.ContainsFunc(databases, func(d ListedDatabase) bool { return d.Follows() && d.isNamed(s.Database) }) {
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
