// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"go.yaml.in/yaml/v3"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// entityKind is a kind of entity: the key of a database's list, the key of a grant, and
// how commands spell it.
type entityKind struct{ list, word, kind string }

// entityKinds are the kinds of entity, in the order of the documents.
var entityKinds = []entityKind{
	{"tables", "table", command.Table},
	{"external_tables", "external_table", command.ExternalTable},
	{"materialized_views", "materialized_view", command.MaterializedView},
	{"functions", "function", command.Function},
	{"graph_models", "graph_model", command.GraphModel},
}

// Word is the word of a seed for a kind of securable that commands spell, such as
// "materialized_view". It is "" for a kind that a seed does not have.
func Word(kind string) string {
	if kind == command.Database || kind == command.Cluster {
		return kind
	}
	for _, k := range entityKinds {
		if k.kind == kind {
			return k.word
		}
	}
	return ""
}

func (r *reader) seed(n *yaml.Node, s *Seed) {
	r.mapping("", n, fields{
		"tenants":           r.list(func(where string, n *yaml.Node) { s.tenants = append(s.tenants, r.tenant(where, n)) }),
		"personal_accounts": r.list(func(where string, n *yaml.Node) { s.personal = append(s.personal, r.personalAccount(where, n)) }),
		"clusters":          r.list(func(where string, n *yaml.Node) { s.clusters = append(s.clusters, r.cluster(where, n)) }),
		"sign_in":           r.text(&s.signIn.text),
	}, "tenants", "clusters")
	if len(s.tenants) == 0 || len(s.clusters) == 0 {
		r.fail(n.Line, "", "there must be at least one tenant and one cluster")
	}
}

func (r *reader) tenant(where string, n *yaml.Node) *tenant {
	t := &tenant{line: n.Line}
	add := func(to *[]*principal, read func(string, *yaml.Node) *principal) field {
		return r.list(func(where string, n *yaml.Node) { *to = append(*to, read(where, n)) })
	}
	r.mapping(where, n, fields{
		"domain": r.text(&t.domain), "id": r.text(&t.id), "name": r.text(&t.name),
		"users": add(&t.users, r.user), "groups": add(&t.groups, r.group), "applications": add(&t.applications, r.application),
	}, "domain")
	return t
}

func (r *reader) user(where string, n *yaml.Node) *principal {
	p := &principal{line: n.Line}
	r.mapping(where, n, fields{
		"upn": r.text(&p.address), "display_name": r.text(&p.name), "object_id": r.text(&p.objectID), "password": r.text(&p.secret),
	}, "upn")
	return p
}

func (r *reader) group(where string, n *yaml.Node) *principal {
	p := &principal{line: n.Line}
	r.mapping(where, n, fields{
		"name": r.text(&p.name), "mail": r.text(&p.address), "object_id": r.text(&p.objectID), "members": r.references(&p.members),
	}, "name")
	return p
}

func (r *reader) application(where string, n *yaml.Node) *principal {
	p := &principal{line: n.Line}
	r.mapping(where, n, fields{
		"name": r.text(&p.name), "client_id": r.text(&p.clientID), "object_id": r.text(&p.objectID), "secret": r.text(&p.secret),
	}, "name")
	return p
}

func (r *reader) personalAccount(where string, n *yaml.Node) *principal {
	return &principal{line: n.Line, address: r.item(where, n)}
}

func (r *reader) cluster(where string, n *yaml.Node) *cluster {
	c := &cluster{line: n.Line}
	r.mapping(where, n, fields{
		"uri": r.text(&c.uri), "admins": r.references(&c.admins), "viewers": r.references(&c.viewers), "monitors": r.references(&c.monitors),
		"databases": r.list(func(where string, n *yaml.Node) { c.databases = append(c.databases, r.database(where, n)) }),
	}, "uri")
	return c
}

func (r *reader) database(where string, n *yaml.Node) *database {
	db := &database{line: n.Line, entities: map[string][]entity{}}
	keys := fields{
		"name": r.text(&db.name), "pretty_name": r.text(&db.pretty), "follows": r.flag(&db.follows),
		"grants": r.list(func(where string, n *yaml.Node) { db.grants = append(db.grants, r.grant(where, n)) }),
	}
	for _, k := range entityKinds {
		keys[k.list] = r.list(func(where string, n *yaml.Node) {
			db.entities[k.kind] = append(db.entities[k.kind], r.entity(where, n))
		})
	}
	r.mapping(where, n, keys, "name")
	return db
}

// entity reads a name, or a mapping with the name and the folder.
func (r *reader) entity(where string, n *yaml.Node) (e entity) {
	if n.Kind == yaml.MappingNode {
		r.mapping(where, n, fields{"name": r.text(&e.name), "folder": r.text(&e.folder)}, "name")
		return e
	}
	e.name = r.item(where, n)
	return e
}

func (r *reader) grant(where string, n *yaml.Node) *grant {
	g := &grant{line: n.Line, securable: map[string]*text{}}
	keys := fields{"principal": r.text(&g.principal.text), "role": r.text(&g.role), "notes": r.text(&g.notes)}
	for _, k := range entityKinds {
		name := &text{}
		g.securable[k.kind] = name
		keys[k.word] = r.text(name)
	}
	r.mapping(where, n, keys, "principal", "role")
	return g
}
