// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"strings"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// Directory makes a directory of the seed's tenants. Each has one subscription, without
// which the Azure CLI does not sign in.
func (s *Seed) Directory() *entra.Directory {
	d := s.principals()
	for _, t := range s.tenants {
		id := uuid.NewSHA1(uuid.MustParse(t.id.value), []byte("subscription")).String()
		d.AddSubscription(id, t.name.value, t.id.value)
		for _, g := range t.groups {
			for _, member := range g.members {
				d.AddMember(d.Must(g.objectID.value), d.Must(member.objectID))
			}
		}
	}
	return d
}

// principals makes a directory without memberships.
func (s *Seed) principals() *entra.Directory {
	first := s.tenants[0]
	d := entra.NewDirectory(first.id.value, first.name.value, first.domains...)
	for _, t := range s.tenants[1:] {
		d.AddTenant(t.id.value, t.name.value, t.domains...)
	}
	for _, t := range s.tenants {
		for _, p := range t.users {
			d.Add(t.id.value, &entra.Principal{Kind: entra.User, ObjectID: p.objectID.value, UPN: p.address.value, DisplayName: p.name.value, Password: p.secret.value})
		}
		for _, p := range t.groups {
			d.Add(t.id.value, &entra.Principal{Kind: entra.Group, ObjectID: p.objectID.value, Mail: p.address.value, DisplayName: p.name.value})
		}
		for _, p := range t.applications {
			d.Add(t.id.value, &entra.Principal{
				Kind: entra.App, ObjectID: p.objectID.value, AppID: p.clientID.value, DisplayName: p.name.value, Secrets: []string{p.secret.value},
			})
		}
	}
	for _, p := range s.personal {
		name, _, _ := strings.Cut(p.address.value, "@")
		d.Add(entra.MicrosoftAccountTenantID, &entra.Principal{Kind: entra.MSAUser, ObjectID: p.objectID.value, UPN: p.address.value, DisplayName: name})
	}
	return d
}

// SignIn is the application to sign in as. d is a directory of the seed.
func (s *Seed) SignIn(d *entra.Directory) *entra.Principal { return d.Must(s.signIn.objectID) }

// AddClusters adds the seed's clusters with all that is in them. d is the directory of the
// seed that they use, and add makes an empty one.
func (s *Seed) AddClusters(d *entra.Directory, add func(kusto.ClusterConfig) *kusto.Cluster) {
	all := func(references []reference) []*entra.Principal {
		var principals []*entra.Principal
		for _, each := range references {
			principals = append(principals, d.Must(each.objectID))
		}
		return principals
	}
	for _, c := range s.clusters {
		added := add(kusto.ClusterConfig{Host: c.host, Admins: all(c.admins), Viewers: all(c.viewers), Monitors: all(c.monitors)})
		for _, db := range c.databases {
			db.addTo(added, d)
		}
	}
}

// addTo adds the database with its entities and grants.
func (db *database) addTo(c *kusto.Cluster, d *entra.Directory) {
	added := c.AddDatabasePretty(db.name.value, db.pretty.value)
	if db.follows {
		c.Follow(db.name.value)
	}
	for _, k := range entityKinds {
		for _, e := range db.entities[k.kind] {
			added.AddIn(k.kind, e.name.value, e.folder.value)
		}
	}
	for _, g := range db.grants {
		s := kusto.Securable{Kind: g.kind, Database: db.name.value, Entity: g.entity}
		c.Grant(s, g.role.value, d.Must(g.principal.objectID), g.notes.value)
	}
}
