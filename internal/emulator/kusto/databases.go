// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// databaseColumns are the columns of `.show databases`.
var databaseColumns = []string{
	"DatabaseName", "PersistentStorage", "Version", "IsCurrent", "DatabaseAccessMode", "PrettyName", "ReservedSlot1", "DatabaseId", "InTransitionTo", "SuspensionState",
}

// noDatabase is the db that Microsoft's clients send when nobody chose one.
const noDatabase = "NetDefaultDB"

// showDatabases lists the databases on which the caller has a role. current is the
// database of the request. The caller of showDatabases holds c.mu.
func (c *Cluster) showDatabases(caller *entra.Principal, current string) ([]byte, *refusal) {
	if current != "" && !strings.EqualFold(current, noDatabase) && c.database(current) == nil {
		return nil, notFound(c.behaviour, command.Database, current)
	}
	identities := c.identities(caller)
	rows := [][]string{}
	for _, db := range slices.SortedFunc(maps.Values(c.databases), func(a, b *Database) int { return cmp.Compare(a.name, b.name) }) {
		isHidden := c.behaviour.OwnDatabasesHidden && !c.seesAll(identities) && c.database(current) != db
		if isHidden || !c.sees(identities, db) {
			continue
		}
		mode := "ReadWrite"
		if db.follows {
			mode = "ReadOnlyFollowing"
		}
		rows = append(rows, []string{db.name, "", "v1.0", "False", mode, db.pretty, "", db.id, "", ""})
	}
	return newAnswer(databaseColumns, rows).json(), nil
}

// sees reports whether one of the identities has a role on the database, or on the cluster.
func (c *Cluster) sees(identities []string, db *Database) bool {
	return c.seesAll(identities) || anyRole(identities, db.roles, db.shared, db.follower)
}

// seesAll reports whether one of the identities has a role on the cluster.
func (c *Cluster) seesAll(identities []string) bool { return anyRole(identities, c.roles) }

func anyRole(identities []string, all ...roleLists) bool {
	for _, lists := range all {
		for role := range lists {
			if lists.anyIn(role, identities) {
				return true
			}
		}
	}
	return false
}

// Securables lists the databases and the entities in them, sorted.
func (c *Cluster) Securables() []Securable {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Securable
	for _, db := range c.databases {
		all = append(all, Securable{Kind: command.Database, Database: db.name})
		for key := range db.entities {
			all = append(all, Securable{key.kind, db.name, key.name})
		}
	}
	slices.SortFunc(all, func(a, b Securable) int {
		return cmp.Or(cmp.Compare(a.Database, b.Database), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Entity, b.Entity))
	})
	return all
}

// Follow makes the database one that follows another cluster's: its own principals
// cannot be changed.
func (c *Cluster) Follow(database string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.database(strings.ToLower(database)).follows = true
}
