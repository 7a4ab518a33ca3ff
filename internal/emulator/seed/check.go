// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// fillIn checks values by themselves, and makes those that were left out.
func (r *reader) fillIn(s *Seed) {
	for _, t := range s.tenants {
		if !strings.Contains(t.domain.value, ".") || strings.ContainsAny(t.domain.value, " \t@;=/") {
			r.fail(t.domain.line, "tenants", "%q is not a domain", t.domain.value)
		}
		r.guid("tenants", &t.id, t.line, uuid.NameSpaceDNS, t.domain.value)
		t.name.value = cmp.Or(t.name.value, t.domain.value)
		if r.err == nil {
			r.fillInPrincipals(t)
		}
	}
	personal := uuid.MustParse(entra.MicrosoftAccountTenantID)
	for _, p := range s.personal {
		r.checkAddress("personal_accounts", p.address)
		r.guid("personal_accounts", &p.objectID, p.line, personal, p.address.value)
	}
	for _, c := range s.clusters {
		r.checkCluster(c)
	}
}

// fillInPrincipals is fillIn for the principals of a tenant.
func (r *reader) fillInPrincipals(t *tenant) {
	id := uuid.MustParse(t.id.value)
	for _, p := range t.users {
		r.checkAddress("users", p.address)
		r.guid("users", &p.objectID, p.line, id, "user "+p.address.value)
		local, _, _ := strings.Cut(p.address.value, "@")
		p.name.value = cmp.Or(p.name.value, local)
		p.secret.value = cmp.Or(p.secret.value, "not-a-password-"+p.address.value)
	}
	for _, p := range t.groups {
		if p.address.value != "" {
			r.checkAddress("groups", p.address)
		}
		r.guid("groups", &p.objectID, p.line, id, "group "+p.name.value)
	}
	for _, p := range t.applications {
		r.guid("applications", &p.objectID, p.line, id, "service principal "+p.name.value)
		r.guid("applications", &p.clientID, p.line, id, "application "+p.name.value)
		p.secret.value = cmp.Or(p.secret.value, "not-a-secret-"+p.name.value)
	}
}

// guid checks an id. One that was left out is made of a name.
func (r *reader) guid(where string, id *text, line int, space uuid.UUID, name string) {
	if id.value == "" {
		*id = text{uuid.NewSHA1(space, []byte(strings.ToLower(name))).String(), line}
		return
	}
	if len(id.value) != len(uuid.Nil.String()) || uuid.Validate(id.value) != nil {
		r.fail(id.line, where, "%q is not a GUID", id.value)
	}
	id.value = strings.ToLower(id.value)
}

// checkAddress checks a UPN or a mail address.
func (r *reader) checkAddress(where string, address text) {
	local, domain, _ := strings.Cut(address.value, "@")
	if local == "" || domain == "" || strings.ContainsAny(address.value, " \t;=") || strings.Contains(domain, "@") {
		r.fail(address.line, where, "%q is not an address such as alice@contoso.com", address.value)
	}
}

// checkCluster checks the URI of a cluster, and the roles of its grants.
func (r *reader) checkCluster(c *cluster) {
	u, err := url.Parse(c.uri.value)
	if err == nil {
		c.host = strings.ToLower(u.Hostname())
	}
	switch {
	case err != nil || u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" && u.Port() != "443":
		r.fail(c.uri.line, "clusters", "%q is not an address such as https://mycluster.westeurope.kusto.windows.net", c.uri.value)
	case !entra.IsCluster(c.host):
		r.fail(c.uri.line, "clusters", "the host of %q is not one of Kusto's, such as mycluster.westeurope.kusto.windows.net", c.uri.value)
	}
	for _, db := range c.databases {
		for _, g := range db.grants {
			r.checkGrant(db, g)
		}
	}
}

// checkGrant finds the securable of a grant, and checks that it has the role.
func (r *reader) checkGrant(db *database, g *grant) {
	g.kind = command.Database
	for _, k := range entityKinds {
		name := g.securable[k.kind]
		if name.value == "" {
			continue
		}
		if g.entity != "" {
			r.fail(name.line, "grants", "a grant has one of %s and %s, not both", Word(g.kind), k.word)
		}
		g.kind, g.entity = k.kind, name.value
		if !slices.ContainsFunc(db.entities[k.kind], func(e entity) bool { return e.name.value == name.value }) {
			r.fail(name.line, "grants", "no %s %q in the database %q", noun(k.kind), name.value, db.name.value)
		}
	}
	if roles := command.Roles(g.kind); !slices.Contains(roles, g.role.value) {
		r.fail(g.role.line, "grants", "%q is not a role on a %s; there are %s", g.role.value, noun(g.kind), strings.Join(roles, ", "))
	}
}

// noun names a kind of securable in a sentence.
func noun(kind string) string { return strings.ReplaceAll(Word(kind), "_", " ") }
