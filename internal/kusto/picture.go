package kusto

import (
	"strings"
)

// Picture is one answer's list of who can affect a securable, indexed so that
// finding a grant costs the same in a list of ten and of ten thousand. It is
// not changed once made.
type Picture struct {
	Securable Securable
	// Grants are the rows in the order of the answer, inherited ones too.
	Grants []Grant

	byName map[rolePrincipal]*Grant
	byID   map[rolePrincipal]*Grant
	byUPN  map[rolePrincipal]*Grant
	direct map[Role][]*Grant
}

type rolePrincipal struct {
	role Role
	key  string
}

// newPicture indexes the rows.
func newPicture(s Securable, grants []Grant) *Picture {
	p := &Picture{
		Securable: s, Grants: grants,
		byName: make(map[rolePrincipal]*Grant, len(grants)),
		byID:   make(map[rolePrincipal]*Grant, len(grants)),
		byUPN:  make(map[rolePrincipal]*Grant),
		direct: make(map[Role][]*Grant),
	}
	for i := range p.Grants {
		g := &p.Grants[i]
		if g.Inherited {
			continue
		}
		p.direct[g.Role] = append(p.direct[g.Role], g)
		p.byName[rolePrincipal{g.Role, g.Principal.key()}] = g
		p.indexID(g, g.ObjectID)
		if IsGUID(g.Principal.ID) && !strings.EqualFold(g.Principal.ID, g.ObjectID) {
			p.indexID(g, g.Principal.ID)
		}
		if upn := g.upn(); upn != "" {
			p.byUPN[rolePrincipal{g.Role, upn}] = g
		}
	}
	return p
}

// indexID notes an id of a row. An application that is at home in several
// tenants has one application id in all of them, which then names none: nil.
func (p *Picture) indexID(g *Grant, id string) {
	if id == "" {
		return
	}
	key := rolePrincipal{g.Role, typedID(g.Type, id)}
	if other, taken := p.byID[key]; taken && (other == nil || other.Principal.key() != g.Principal.key()) {
		g = nil
	}
	p.byID[key] = g
}

func typedID(t PrincipalType, id string) string { return string(t) + "=" + strings.ToLower(id) }

// Direct are the grants of one role on the securable itself.
func (p *Picture) Direct(role Role) []*Grant { return p.direct[role] }

// Find looks a principal up by its resolved name.
func (p *Picture) Find(role Role, resolved FQN) (*Grant, bool) {
	g, ok := p.byName[rolePrincipal{role, resolved.key()}]
	return g, ok
}

// findSurely looks a principal up by any form that a row proves: the resolved
// name, an object id, a UPN.
func (p *Picture) findSurely(role Role, asked FQN) (*Grant, bool) {
	if g, ok := p.Find(role, asked); ok {
		return g, true
	}
	for _, g := range []*Grant{
		p.byID[rolePrincipal{role, typedID(asked.Type, asked.ID)}],
		p.byUPN[rolePrincipal{role, strings.ToLower(asked.ID)}],
	} {
		if g != nil && g.IsSurely(asked) {
			return g, true
		}
	}
	return nil, false
}
