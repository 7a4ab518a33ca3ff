// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// plannedGrant is a principal as a resource declares or holds it, with its row if that is
// known.
type plannedGrant struct {
	name  kusto.FQN
	row   *kusto.Grant
	notes string
	// ambiguous is set for a grant in the state that no row identifies.
	ambiguous bool
	// instance is that of the resource that declares it.
	instance string
	// unchanged is set if the resource that declares it has no change.
	unchanged bool
	// decided is set once the resource that holds it is planned. Searches skip it then.
	decided bool
}

// grantSet has planned grants under the identifiers of their names and rows. To find one
// takes the same time among ten and ten thousand. The zero value is ready.
type grantSet struct {
	all, ambiguous []*plannedGrant
	byID           map[kusto.NameKey][]*plannedGrant
}

func newGrantSet(grants []*plannedGrant) *grantSet {
	s := &grantSet{}
	s.add(grants)
	return s
}

func (s *grantSet) add(grants []*plannedGrant) {
	if s.byID == nil {
		s.byID = make(map[kusto.NameKey][]*plannedGrant)
	}
	s.all = append(s.all, grants...)
	for _, g := range grants {
		if g.ambiguous {
			s.ambiguous = append(s.ambiguous, g)
		}
		for _, id := range g.identifiers() {
			s.byID[id] = append(s.byID[id], g)
		}
	}
}

// find returns a planned grant that is certainly the same, and is not decided.
func (s *grantSet) find(g *plannedGrant) *plannedGrant {
	for _, id := range g.identifiers() {
		for _, other := range s.byID[id] {
			if !other.decided && other.is(g) {
				return other
			}
		}
	}
	return nil
}

// mayHave reports whether the set has the grant, or an ambiguous one that could be it. An
// ambiguous grant could be each one that no identifier rules out.
func (s *grantSet) mayHave(g *plannedGrant) bool {
	if s.find(g) != nil {
		return true
	}
	among := s.ambiguous
	if g.ambiguous {
		among = s.all
	}
	return slices.ContainsFunc(among, func(other *plannedGrant) bool { return !other.decided && other.mayBe(g) })
}

func (g *plannedGrant) identifiers() []kusto.NameKey {
	ids := []kusto.NameKey{g.name.NameKey()}
	if g.row != nil {
		for _, id := range g.row.NameKeys() {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// is reports whether two planned grants are certainly one principal's.
func (g *plannedGrant) is(o *plannedGrant) bool {
	switch {
	case g.name.Equal(o.name):
		return true
	case g.row != nil && o.row != nil:
		return g.row.Principal.Equal(o.row.Principal)
	case g.row != nil:
		return g.row.Is(o.name)
	case o.row != nil:
		return o.row.Is(g.name)
	}
	return false
}

// mayBe reports whether nothing proves that two planned grants are two principals'.
func (g *plannedGrant) mayBe(o *plannedGrant) bool {
	return g.is(o) || !g.asGrant().IsNot(o.name) && !o.asGrant().IsNot(g.name)
}

// asGrant is the grant's row, or what is known of it.
func (g *plannedGrant) asGrant() *kusto.Grant {
	if g.row != nil {
		return g.row
	}
	return &kusto.Grant{Principal: g.name}
}
