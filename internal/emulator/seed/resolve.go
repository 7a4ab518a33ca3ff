// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// resolver finds the principals that references stand for.
type resolver struct {
	*reader

	directory *entra.Directory
	named     map[string][]*entra.Principal // by name or UPN, in lower case
}

// resolve finds every principal that the seed refers to.
func (r *reader) resolve(s *Seed) {
	d := s.principals()
	f := resolver{r, d, map[string][]*entra.Principal{}}
	for _, p := range d.Principals() {
		f.named[nameOf(p)] = append(f.named[nameOf(p)], p)
	}
	for _, t := range s.tenants {
		for _, g := range t.groups {
			f.find("members", t.id.value, g.members)
			f.once("members", "member", g.members)
		}
	}
	for _, c := range s.clusters {
		f.find("admins", "", c.admins)
		f.once("admins", "admin", c.admins)
		f.find("viewers", "", c.viewers)
		f.once("viewers", "viewer", c.viewers)
		f.find("monitors", "", c.monitors)
		f.once("monitors", "monitor", c.monitors)
		for _, db := range c.databases {
			f.grants(db)
		}
	}
	f.findSignIn(s)
}

// grants finds the principals of grants. Nothing is granted twice.
func (f resolver) grants(db *database) {
	type held struct{ objectID, role, kind, entity string }
	first := map[held]int{}
	for _, g := range db.grants {
		g.principal.objectID = f.principal("grants", "", g.principal.text)
		key := held{g.principal.objectID, g.role.value, g.kind, g.entity}
		if line := first[key]; line != 0 {
			f.fail(g.line, "grants", "the same grant is in line %d", line)
		}
		first[key] = g.line
	}
}

// once checks that nobody is in a list twice.
func (f resolver) once(where, what string, references []reference) {
	first := map[string]int{}
	for _, each := range references {
		if line := first[each.objectID]; line != 0 {
			f.fail(each.line, where, "%q is a %s twice, first in line %d", each.value, what, line)
		}
		first[each.objectID] = each.line
	}
}

// findSignIn finds the application to sign in as, the first one of the first tenant if the
// seed names none.
func (f resolver) findSignIn(s *Seed) {
	first := s.tenants[0]
	if s.signIn.value == "" {
		if len(first.applications) == 0 {
			f.fail(first.line, "tenants", "there is no application in the first tenant to sign in as: add one, or the key sign_in")
			return
		}
		s.signIn.objectID = first.applications[0].objectID.value
		return
	}
	s.signIn.objectID = f.principal("sign_in", "", s.signIn.text)
	if f.err == nil && f.directory.Must(s.signIn.objectID).Kind != entra.App {
		f.fail(s.signIn.line, "sign_in", "%q is not an application", s.signIn.value)
	}
}

// find finds the principals of a list.
func (f resolver) find(where, tenantID string, references []reference) {
	for i := range references {
		references[i].objectID = f.principal(where, tenantID, references[i].text)
	}
}

// principal returns the object id of a principal as a seed names it. A name stands for one
// in the given tenant, if that has one.
func (f resolver) principal(where, tenantID string, name text) string {
	if isFQN(name.value) {
		p, err := f.directory.Resolve(name.value, "")
		if err == nil {
			return p.ObjectID
		}
		hint := ""
		if !strings.ContainsAny(name.value, ";@") {
			hint = "; it has no tenant, such as in \"aadgroup=Data Readers;contoso.com\""
		}
		f.fail(name.line, where, "no principal %q%s", name.value, hint)
		return ""
	}
	found := f.named[strings.ToLower(name.value)]
	if inTenant := slices.DeleteFunc(slices.Clone(found), func(p *entra.Principal) bool { return p.TenantID != tenantID }); len(inTenant) > 0 {
		found = inTenant
	}
	switch len(found) {
	case 0:
		f.fail(name.line, where, "no principal %q", name.value)
		return ""
	case 1:
		return found[0].ObjectID
	}
	f.fail(name.line, where, "%q may be %s or %s: write one of them", name.value, found[0].FQN(), found[1].FQN())
	return ""
}

// isFQN reports whether a name is one as Kusto writes it.
func isFQN(name string) bool {
	prefix, _, _ := strings.Cut(strings.ToLower(name), "=")
	return len(prefix) < len(name) && slices.Contains([]string{"aaduser", "aadgroup", "aadapp", "msauser"}, prefix)
}

// nameOf is how a seed names a principal: a user by the UPN, others by their names.
func nameOf(p *entra.Principal) string {
	if p.Kind == entra.User || p.Kind == entra.MSAUser {
		return strings.ToLower(p.UPN)
	}
	return strings.ToLower(p.DisplayName)
}
