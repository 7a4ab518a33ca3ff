package emulator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// Securable is something that roles are granted on. Kind is "database",
// "table", "external table", "materialized-view", "function", "graph_model",
// "follower database" or "cluster"; Entity is the name of what is inside the
// database, "" for databases and clusters.
type Securable struct{ Kind, Database, Entity string }

// Grant is one role of one principal on one securable.
type Grant struct {
	Role        string // the plural word of commands, such as "admins"
	FQN         string // resolved
	Notes       string
	DisplayName string
	ID          string // the RoleAssignmentIdentifier
}

// HeldGrant is a grant and what it is on.
type HeldGrant struct {
	Securable Securable
	Grant     Grant
}

// roleWord is a role in commands and in the Role column.
type roleWord struct{ plural, singular string }

// grant is a role's member. rows caches how answers show it, by [rowStyle].
type grant struct {
	principal *Principal
	notes     string
	id        string
	gone      bool
	row       []byte
	style     rowStyle
}

// roleList holds a role's members in the order they came, and finds them by FQN.
type roleList struct {
	members map[string]*grant
	order   []*grant // with those that are gone, until they are half of it
}

// roleLists are a securable's lists, by the role's plural word.
type roleLists map[string]*roleList

// list returns the role's list, making it if need be.
func (l roleLists) list(role string) *roleList {
	if l[role] == nil {
		l[role] = &roleList{members: map[string]*grant{}}
	}
	return l[role]
}

// put adds a member and returns it; a present one is returned as it is.
func (l *roleList) put(p *Principal, notes string) (g *grant, added bool) {
	key := strings.ToLower(p.FQN())
	if g := l.members[key]; g != nil {
		return g, false
	}
	g = &grant{principal: p, notes: notes, id: newAssignmentID()}
	l.members[key] = g
	l.order = append(l.order, g)
	return g, true
}

// remove takes the member with this resolved FQN out, if there is one.
func (l *roleList) remove(fqn string) {
	key := strings.ToLower(fqn)
	g := l.members[key]
	if g == nil {
		return
	}
	g.gone = true
	delete(l.members, key)
	if len(l.order) > 2*len(l.members)+16 {
		l.order = slices.DeleteFunc(l.order, func(g *grant) bool { return g.gone })
	}
}

// each calls f for the members in order.
func (l *roleList) each(f func(*grant)) {
	if l == nil {
		return
	}
	for _, g := range l.order {
		if !g.gone {
			f(g)
		}
	}
}

// setNotes changes a member's notes and forgets how it was shown.
func (g *grant) setNotes(notes string) {
	g.notes = notes
	g.row = nil
}

// lists finds the role lists of a securable, nil if there is no such thing. The caller holds c.mu.
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
	return db.entities[entityKey{s.Kind, s.Entity}]
}

// mustLists panics where there is no such securable, which is a mistake in a test.
func (c *Cluster) mustLists(s Securable) roleLists {
	lists := c.lists(s)
	if lists == nil {
		panic("emulator: no securable " + s.Kind + " " + s.Database + " " + s.Entity)
	}
	return lists
}

// Grant grants a role directly, as somebody else would. role is the plural
// word. It panics when the securable does not exist.
func (c *Cluster) Grant(s Securable, role string, p *Principal, notes string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g, added := c.mustLists(s).list(role).put(p, notes); !added {
		g.setNotes(notes)
	}
}

// Revoke takes a role away directly, as somebody else would. It panics when the securable does not exist.
func (c *Cluster) Revoke(s Securable, role string, p *Principal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustLists(s).list(role).remove(p.FQN())
}

// Grants lists what is granted on the securable itself, inherited rows left
// out, sorted by role and FQN; nil if there is no such securable.
func (c *Cluster) Grants(s Securable) []Grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists(s).grants()
}

func (l roleLists) grants() []Grant {
	var grants []Grant
	for role, list := range l {
		list.each(func(g *grant) {
			grants = append(grants, Grant{Role: role, FQN: g.principal.FQN(), Notes: g.notes, DisplayName: g.principal.DisplayName, ID: g.id})
		})
	}
	slices.SortFunc(grants, func(a, b Grant) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.FQN, b.FQN)) })
	return grants
}

// AllGrants lists every grant on every database and entity, sorted. The cluster's own roles are left out.
func (c *Cluster) AllGrants() []HeldGrant {
	c.mu.Lock()
	defer c.mu.Unlock()
	var held []HeldGrant
	take := func(s Securable, lists roleLists) {
		for _, g := range lists.grants() {
			held = append(held, HeldGrant{s, g})
		}
	}
	for _, db := range c.databases {
		take(Securable{Kind: command.Database, Database: db.name}, db.roles)
		take(Securable{Kind: command.FollowerDatabase, Database: db.name}, db.follower)
		for key, lists := range db.entities {
			take(Securable{key.kind, db.name, key.name}, lists)
		}
	}
	slices.SortStableFunc(held, func(a, b HeldGrant) int {
		return cmp.Or(cmp.Compare(a.Securable.Database, b.Securable.Database), cmp.Compare(a.Securable.Kind, b.Securable.Kind),
			cmp.Compare(a.Securable.Entity, b.Securable.Entity), cmp.Compare(a.Grant.Role, b.Grant.Role), cmp.Compare(a.Grant.FQN, b.Grant.FQN))
	})
	return held
}
