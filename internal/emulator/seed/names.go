// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// names are the names that have been taken, with their lines.
type names struct {
	*reader

	taken map[[2]string]int
}

// take takes a name. Two things of one kind cannot have the same.
func (n names) take(where, kind string, name text) {
	key := [2]string{kind, name.value}
	if first, taken := n.taken[key]; taken {
		n.fail(name.line, where, "a second %s %q, the first is in line %d", kind, name.value, first)
		return
	}
	n.taken[key] = name.line
}

// fold is take for a name whose case does not matter.
func (n names) fold(where, kind string, name text) {
	name.value = strings.ToLower(name.value)
	n.take(where, kind, name)
}

// checkNames finds two things with one name.
func (r *reader) checkNames(s *Seed) {
	n := names{r, map[[2]string]int{}}
	for _, t := range s.tenants {
		n.fold("tenants", "domain", t.domain)
		n.take("tenants", "id", t.id)
		for _, p := range t.users {
			n.fold("users", "address", p.address)
			n.take("users", "id", p.objectID)
		}
		n.principals("groups", "group", t.groups)
		n.principals("applications", "application", t.applications)
	}
	for _, p := range s.personal {
		n.fold("personal_accounts", "address", p.address)
		n.take("personal_accounts", "id", p.objectID)
	}
	for _, c := range s.clusters {
		n.take("clusters", "host", text{c.host, c.uri.line})
		names{r, map[[2]string]int{}}.databases(c)
	}
	r.findDomains(s)
}

// principals takes the names and ids of a tenant's groups or applications.
func (n names) principals(where, kind string, principals []*principal) {
	ofTenant := names{n.reader, map[[2]string]int{}}
	for _, p := range principals {
		ofTenant.fold(where, kind, p.name)
		n.take(where, "id", p.objectID)
		if p.address.value != "" {
			n.fold(where, "address", p.address)
		}
		if p.clientID.value != "" {
			n.take(where, "id", p.clientID)
		}
	}
}

// databases takes the names in a cluster. A database has two names at most.
func (n names) databases(c *cluster) {
	for _, db := range c.databases {
		n.fold("databases", "database", db.name)
		if db.pretty.value != "" && !strings.EqualFold(db.pretty.value, db.name.value) {
			n.fold("databases", "database", db.pretty)
		}
		for _, k := range entityKinds {
			inDatabase := names{n.reader, map[[2]string]int{}}
			for _, e := range db.entities[k.kind] {
				inDatabase.take(k.list, noun(k.kind), e.name)
			}
		}
	}
}

// findDomains collects the domains of each tenant: its own, those of the addresses in it,
// and the one that it had before the others. A domain belongs to one tenant.
func (r *reader) findDomains(s *Seed) {
	owners := map[string]*tenant{entra.MicrosoftAccountDomain: nil}
	take := func(t *tenant, domain string) bool {
		owner, owned := owners[domain]
		if !owned {
			owners[domain] = t
			t.domains = append(t.domains, domain)
		}
		return !owned || owner == t
	}
	for _, t := range s.tenants {
		if t.id.value == entra.MicrosoftAccountTenantID || !take(t, strings.ToLower(t.domain.value)) {
			r.fail(t.line, "tenants", "%q is the tenant of personal accounts", t.domain.value)
		}
	}
	for _, t := range s.tenants {
		for _, p := range slices.Concat(t.users, t.groups) {
			_, domain, hasDomain := strings.Cut(strings.ToLower(p.address.value), "@")
			if hasDomain && !take(t, domain) {
				r.fail(p.address.line, "tenants", "the domain of %q is that of another tenant", p.address.value)
			}
		}
	}
	for _, t := range s.tenants {
		label, _, _ := strings.Cut(strings.ToLower(t.domain.value), ".")
		_ = take(t, label+".onmicrosoft.com") // the tenant of another domain may have it
	}
}
