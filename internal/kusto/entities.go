package kusto

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// DatabaseInfo is a database as its cluster lists it.
type DatabaseInfo struct {
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

// UsualName is the name that people write: the pretty name if the own name is a GUID.
// Commands accept both. A pretty name that two databases have is not used.
func (d DatabaseInfo) UsualName() string {
	if IsGUID(d.Name) && d.PrettyName != "" && !d.prettyIsShared {
		return d.PrettyName
	}
	return d.Name
}

// Follows reports whether the database follows one of another cluster, and is read-only.
func (d DatabaseInfo) Follows() bool { return strings.EqualFold(d.AccessMode, "ReadOnlyFollowing") }

// databasesOf reads the answer of `.show databases`, and sorts it by name.
func databasesOf(rows []row) []DatabaseInfo {
	databases := make([]DatabaseInfo, len(rows))
	bearers := make(map[string]int) // of a name, own or pretty
	for i, r := range rows {
		d := DatabaseInfo{
			Name: r.get("databasename"), PrettyName: r.get("prettyname"), ID: r.get("databaseid"), AccessMode: r.get("databaseaccessmode"),
		}
		databases[i] = d
		bearers[strings.ToLower(d.Name)]++
		if !strings.EqualFold(d.Name, d.PrettyName) {
			bearers[strings.ToLower(d.PrettyName)]++
		}
	}
	for i := range databases {
		databases[i].prettyIsShared = bearers[strings.ToLower(databases[i].PrettyName)] > 1
	}
	slices.SortFunc(databases, func(a, b DatabaseInfo) int { return cmp.Compare(a.UsualName(), b.UsualName()) })
	return databases
}

// Databases lists the databases of the cluster that the caller may see, sorted by name.
func (c *Client) Databases(ctx context.Context) ([]DatabaseInfo, error) {
	rows, err := c.run(ctx, databasesCommand(noDatabase))
	if err != nil {
		return nil, err
	}
	return databasesOf(rows), nil
}

// Entity is a securable inside a database, as the database lists it.
type Entity struct {
	Securable
	// Folder is where tools show the entity. Empty for none, and for a graph model.
	Folder string
}

// Entities lists the entities of one type in a database, sorted by name.
func (c *Client) Entities(ctx context.Context, t *SecurableType, database string) ([]Entity, error) {
	rows, err := c.run(ctx, entitiesCommand(t, database))
	if err != nil {
		return nil, err
	}
	entities := make([]Entity, len(rows))
	for i, r := range rows {
		name := r.get(strings.ToLower(t.nameColumn))
		entities[i] = Entity{Securable{Type: t, Database: database, Name: name}, r.get("folder")}
	}
	slices.SortFunc(entities, func(a, b Entity) int { return cmp.Compare(a.Name, b.Name) })
	return entities, nil
}
