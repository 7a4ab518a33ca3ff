// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// Securable is a resource on which roles are granted. Kind is "database", "table",
// "external table", "materialized-view", "function", "graph_model", "follower
// database" or "cluster". Entity is the name of the entity inside the database,
// "" for databases and clusters. In a [Command] that lists, Kind is the list, such as
// "tables", and Entity is "".
type Securable struct{ Kind, Database, Entity string }

// Grant is one role of one principal on one securable.
type Grant struct {
	Role        string // the plural word of commands, such as "admins"
	FQN         string // resolved
	Notes       string
	DisplayName string
	// Creator is set for the admin of an entity who created it, and for those who have a
	// role on a cluster from its start.
	Creator bool
}

// HeldGrant is a grant with its securable.
type HeldGrant struct {
	Securable Securable
	Grant     Grant
}

// grant is a role's member.
type grant struct {
	principal *entra.Principal
	notes     string
	id        string // the RoleAssignmentIdentifier
	creator   bool
}

// roleList holds a role's members in the order of their grants, and finds them by FQN.
type roleList struct {
	members map[string]*grant
	order   []*grant
}

// roleLists are a securable's members, by the role's plural word.
type roleLists map[string]*roleList

// list returns the role's list, and makes it if it does not exist.
func (l roleLists) list(role string) *roleList {
	if l[role] == nil {
		l[role] = &roleList{members: map[string]*grant{}}
	}
	return l[role]
}

// put adds a member and returns it. A present member is returned unchanged.
func (l *roleList) put(p *entra.Principal, notes string) (g *grant, added bool) {
	key := strings.ToLower(p.FQN())
	if g := l.members[key]; g != nil {
		return g, false
	}
	g = &grant{principal: p, notes: notes, id: uuid.NewString()}
	l.members[key] = g
	l.order = append(l.order, g)
	return g, true
}

// mostNotes is how many characters of notes [Behaviour.Notes] "cut" stores.
const mostNotes = 64

// storedNotes are the notes that the service makes of a command's.
func (b Behaviour) storedNotes(notes string) string {
	switch b.Notes {
	case "trimmed":
		return strings.TrimSpace(notes)
	case "cut":
		if r := []rune(notes); len(r) > mostNotes {
			return string(r[:mostNotes])
		}
	case "dropped":
		return ""
	}
	return notes
}

// remove removes the member with this resolved FQN, if there is one.
func (l *roleList) remove(fqn string) {
	key := strings.ToLower(fqn)
	if g := l.members[key]; g != nil {
		delete(l.members, key)
		at := slices.Index(l.order, g)
		l.order = slices.Delete(l.order, at, at+1)
	}
}

// all lists the members in order. A role that was never granted has none.
func (l *roleList) all() []*grant {
	if l == nil {
		return nil
	}
	return l.order
}

// lists finds the role lists of a securable, nil if it does not exist. The caller holds c.mu.
func (c *Cluster) lists(s Securable) roleLists {
	if s.Kind == command.Cluster {
		return c.roles
	}
	db := c.database(s.Database)
	switch {
	case db == nil:
		return nil
	case s.Kind == command.Database:
		return db.roles
	case s.Kind == command.FollowerDatabase:
		return db.follower
	}
	if e := db.entities[entityKey{s.Kind, s.Entity}]; e != nil {
		return e.roles
	}
	return nil
}

// mustLists is lists that panics if the securable does not exist.
func (c *Cluster) mustLists(s Securable) roleLists {
	lists := c.lists(s)
	if lists == nil {
		panic("emulator: no securable " + s.Kind + " " + s.Database + " " + s.Entity)
	}
	return lists
}

// Grant grants a role, as another administrator would. role is the plural word.
// It panics if the securable does not exist.
func (c *Cluster) Grant(s Securable, role string, p *entra.Principal, notes string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g, added := c.mustLists(s).list(role).put(p, notes); !added {
		g.notes = notes
	}
}

// Revoke revokes a role, as another administrator would. It panics if the securable does not exist.
func (c *Cluster) Revoke(s Securable, role string, p *entra.Principal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustLists(s).list(role).remove(p.FQN())
}

// Grants lists the grants on the securable itself, without inherited ones, sorted
// by role and FQN. It returns nil if the securable does not exist.
func (c *Cluster) Grants(s Securable) []Grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists(s).grants()
}

func (l roleLists) grants() []Grant {
	var grants []Grant
	for role, list := range l {
		for _, g := range list.order {
			grants = append(grants, Grant{Role: role, FQN: g.principal.FQN(), Notes: g.notes, DisplayName: g.principal.DisplayName, Creator: g.creator})
		}
	}
	slices.SortFunc(grants, func(a, b Grant) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.FQN, b.FQN)) })
	return grants
}

// AllGrants lists every grant on the cluster, on every database and entity, sorted. It leaves
// out those who have a role on the cluster from its start.
func (c *Cluster) AllGrants() []HeldGrant {
	c.mu.Lock()
	defer c.mu.Unlock()
	var held []HeldGrant
	take := func(s Securable, lists roleLists) {
		for _, g := range lists.grants() {
			held = append(held, HeldGrant{s, g})
		}
	}
	for _, g := range c.roles.grants() {
		if !g.Creator {
			held = append(held, HeldGrant{Securable{Kind: command.Cluster}, g})
		}
	}
	for _, db := range c.databases {
		take(Securable{Kind: command.Database, Database: db.name}, db.roles)
		take(Securable{Kind: command.FollowerDatabase, Database: db.name}, db.follower)
		for key, e := range db.entities {
			take(Securable{key.kind, db.name, key.name}, e.roles)
		}
	}
	slices.SortStableFunc(held, func(a, b HeldGrant) int {
		return cmp.Or(cmp.Compare(a.Securable.Database, b.Securable.Database), cmp.Compare(a.Securable.Kind, b.Securable.Kind),
			cmp.Compare(a.Securable.Entity, b.Securable.Entity), cmp.Compare(a.Grant.Role, b.Grant.Role), cmp.Compare(a.Grant.FQN, b.Grant.FQN))
	})
	return held
}
