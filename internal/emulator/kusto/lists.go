// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// entity is an entity of a database.
type entity struct {
	roles   roleLists
	folder  string
	id      string
	created string // the time, as answers spell it
}

// entityList is the answer to the command that lists one kind of entity. A row leaves
// empty what the emulator does not know of an entity.
type entityList struct {
	kind    string
	columns []string
	row     func(database, name string, e *entity) []string
}

// entityLists has Microsoft's columns of each list.
var entityLists = map[string]entityList{
	command.Tables: {
		command.Table, []string{"TableName", "DatabaseName", "Folder", "DocString"},
		func(database, name string, e *entity) []string { return []string{name, database, e.folder, ""} },
	},
	command.ExternalTables: {
		command.ExternalTable,
		[]string{"TableName", "TableType", "Folder", "DocString", "Properties", "ConnectionStrings", "Partitions", "PathFormat"},
		func(_, name string, e *entity) []string { return []string{name, "Blob", e.folder, "", "", "", "", ""} },
	},
	command.MaterializedViews: {
		command.MaterializedView,
		[]string{
			"Name", "SourceTable", "Query", "MaterializedTo", "LastRun", "LastRunResult", "IsHealthy", "IsEnabled", "Folder", "DocString",
			"AutoUpdateSchema", "EffectiveDateTime", "Lookback", "LookbackColumn",
		},
		func(_, name string, e *entity) []string {
			return []string{name, "", "", e.created, e.created, "Completed", "True", "True", e.folder, "", "False", e.created, "", ""}
		},
	},
	command.Functions: {
		command.Function, []string{"Name", "Parameters", "Body", "Folder", "DocString"},
		func(_, name string, e *entity) []string { return []string{name, "()", "{}", e.folder, ""} },
	},
	command.GraphModels: {
		command.GraphModel, []string{"Name", "CreationTime", "Id"},
		func(_, name string, e *entity) []string { return []string{name, e.created, e.id} },
	},
}

// showEntities lists entities of a database, sorted by name, or the named tables with the
// columns that do not depend on data. s.Kind is the list. The
// caller of showEntities holds c.mu.
func (c *Cluster) showEntities(s Securable, st command.Statement, caller *entra.Principal) ([]byte, *refusal) {
	db := c.database(s.Database)
	if db == nil {
		return nil, notFound(c.behaviour, command.Database, s.Database)
	}
	if !c.lets(c.identities(caller), db, s.Kind) {
		return nil, c.forbid(caller, st, s)
	}
	list, rows := entityLists[s.Kind], [][]string{}
	for _, name := range st.Details {
		if db.entities[entityKey{list.kind, name}] == nil {
			return nil, notFound(c.behaviour, list.kind, name)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(db.entities), func(a, b entityKey) int { return cmp.Compare(a.name, b.name) }) {
		if key.kind == list.kind && (len(st.Details) == 0 || slices.Contains(st.Details, key.name)) {
			rows = append(rows, list.row(c.databaseName(db), key.name, db.entities[key]))
		}
	}
	return newAnswer(list.columns, rows).json(), nil
}

// lets reports whether someone may list entities. Microsoft asks for the admin, user,
// viewer or monitor role on the database, and for graph models for the admin role.
func (c *Cluster) lets(identities []string, db *Database, list string) bool {
	roles := []string{"admins", clusterAdmins, "users", "viewers", clusterViewers, "monitors", clusterMonitors}
	if list == command.GraphModels {
		roles = roles[:2]
	}
	for _, lists := range []roleLists{c.roles, db.roles, db.shared, db.follower} {
		for _, role := range roles {
			if lists.anyIn(role, identities) {
				return true
			}
		}
	}
	return false
}

// databaseName is a database's name in answers. The caller holds c.mu.
func (c *Cluster) databaseName(db *Database) string {
	if db.pretty != "" && !c.behaviour.GUIDNames {
		return db.pretty
	}
	return db.name
}

// newEntity is an entity without grants.
func newEntity(folder string) *entity {
	return &entity{roles: roleLists{}, folder: folder, id: uuid.NewString(), created: time.Now().UTC().Format(time.RFC3339Nano)}
}
