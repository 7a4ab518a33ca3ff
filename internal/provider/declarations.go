// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"strings"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// declarations are what the resources of one run declare, and what they give up: because
// they are destroyed, or changed. What one gives up and another declares is kept. The zero
// value is ready.
type declarations struct {
	mu      sync.Mutex
	targets map[declarationKey]*targetDeclarations
}

// declarationKey is a role of a securable in a cluster, in one spelling.
type declarationKey struct{ cluster, slug, database, name, role string }

// targetDeclarations are those for one target.
type targetDeclarations struct {
	instances map[string]bool
	declared  []*plannedGrant
	index     grantIndex  // of declared
	roles     []*rolePlan // of the resources that own the whole role
	released  []*plannedGrant
	given     grantIndex // of released
}

// grantPlan is what one resource instance declares for a target.
type grantPlan struct {
	// instance tells resource instances apart. It is the same each time that Terraform
	// plans one.
	instance string
	// unchanged is set if the plan has no change. Then the apply does not plan it again.
	unchanged bool
	// wholeRole is set for a resource that removes all grants but owned and ignored.
	wholeRole      bool
	owned, ignored []*plannedGrant
}

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
}

// conflicts are what a plan and those before it disagree about.
type conflicts struct {
	// repeated are the plan's grants that another resource declares too.
	repeated []kusto.FQN
	// lost are the plan's grants that a role resource does not list.
	lost []kusto.FQN
	// removed are other resources' grants that the plan does not list.
	removed []kusto.FQN
	// released are the plan's grants that another resource gave up.
	released []kusto.FQN
}

// declare adds a plan, and returns its conflicts with the plans before it. A plan of an
// instance that was added before has none.
func (d *declarations) declare(k declarationKey, plan grantPlan) (found conflicts) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at(k)
	if at.instances[plan.instance] {
		return conflicts{}
	}
	at.instances[plan.instance] = true
	for _, g := range plan.owned {
		g.instance, g.unchanged = plan.instance, plan.unchanged
		switch {
		case at.index.find(g) != nil:
			found.repeated = append(found.repeated, g.name)
		case slices.ContainsFunc(at.roles, func(r *rolePlan) bool { return r.removes(g) }):
			found.lost = append(found.lost, g.name)
		}
		if at.isReleased(g) {
			found.released = append(found.released, g.name)
		}
	}
	if plan.wholeRole {
		role := newRolePlan(plan)
		for _, g := range at.declared {
			if role.removes(g) {
				found.removed = append(found.removed, g.name)
			}
		}
		at.roles = append(at.roles, role)
	}
	at.declared = append(at.declared, plan.owned...)
	at.index.add(plan.owned)
	return found
}

// isReleased reports whether one of the grants was given up by a resource.
func (d *declarations) isReleased(k declarationKey, grants []*plannedGrant) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(grants, d.at(k).isReleased)
}

// isReleased reports whether a grant was given up. An ambiguous one may have been.
func (t *targetDeclarations) isReleased(g *plannedGrant) bool {
	return t.given.find(g) != nil || g.ambiguous && slices.ContainsFunc(t.released, g.mayBe)
}

// release records grants that a resource gives up, and returns the declarations of those
// that another resource declares.
func (d *declarations) release(k declarationKey, grants []*plannedGrant) (declared []*plannedGrant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at(k)
	at.released = append(at.released, grants...)
	at.given.add(grants)
	return at.declaredOf(grants)
}

// ambiguous returns the grants that other instances declare, that no row identifies and that
// one of the given grants may be.
func (d *declarations) ambiguous(k declarationKey, instance string, grants []*plannedGrant) (names []kusto.NamedGrant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range d.at(k).declared {
		if g.instance != instance && g.ambiguous && slices.ContainsFunc(grants, g.mayBe) {
			names = append(names, kusto.NamedGrant{Principal: g.name, Notes: g.notes})
		}
	}
	return names
}

// declaredOf returns the declarations of those of the grants that a resource declares.
func (d *declarations) declaredOf(k declarationKey, grants []*plannedGrant) []*plannedGrant {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at(k).declaredOf(grants)
}

func (t *targetDeclarations) declaredOf(grants []*plannedGrant) (declared []*plannedGrant) {
	for _, g := range grants {
		if by := t.index.find(g); by != nil {
			declared = append(declared, &plannedGrant{name: g.name, row: g.row, unchanged: by.unchanged})
		}
	}
	return declared
}

func (d *declarations) at(k declarationKey) *targetDeclarations {
	if d.targets == nil {
		d.targets = make(map[declarationKey]*targetDeclarations)
	}
	if d.targets[k] == nil {
		d.targets[k] = &targetDeclarations{instances: make(map[string]bool), index: make(grantIndex), given: make(grantIndex)}
	}
	return d.targets[k]
}

// rolePlan is a role's whole list.
type rolePlan struct {
	owned, ignored grantIndex
	maybeIgnored   []*plannedGrant
}

func newRolePlan(plan grantPlan) *rolePlan {
	r := &rolePlan{owned: make(grantIndex), ignored: make(grantIndex), maybeIgnored: plan.ignored}
	r.owned.add(plan.owned)
	r.ignored.add(plan.ignored)
	return r
}

// removes reports whether the role certainly does not leave the grant alone.
func (r *rolePlan) removes(g *plannedGrant) bool {
	return r.owned.find(g) == nil && r.ignored.find(g) == nil && !slices.ContainsFunc(r.maybeIgnored, g.mayBe)
}

// grantIndex has planned grants under the identifiers of their names and rows. To find
// one takes the same time among ten and ten thousand.
type grantIndex map[string][]*plannedGrant

func (x grantIndex) add(grants []*plannedGrant) {
	for _, g := range grants {
		for _, id := range g.identifiers() {
			x[id] = append(x[id], g)
		}
	}
}

// find returns a planned grant that is certainly the same.
func (x grantIndex) find(g *plannedGrant) *plannedGrant {
	for _, id := range g.identifiers() {
		for _, other := range x[id] {
			if other.is(g) {
				return other
			}
		}
	}
	return nil
}

func (g *plannedGrant) identifiers() []string {
	ids := []string{g.name.Identifier()}
	if g.row != nil {
		for _, id := range g.row.Identifiers() {
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
	proves := g.name.Type == kusto.User || kusto.IsGUID(g.name.ID) // a display name may be anyone's
	return proves && g.name.Identifier() == o.name.Identifier() && mayBeOneTenant(g.name.Tenant, o.name.Tenant)
}

// mayBeOneTenant compares tenants of names that are otherwise the same. One may be
// written as id and the other as domain, or be left to the UPN.
func mayBeOneTenant(a, b string) bool {
	return strings.EqualFold(a, b) || a == "" || b == "" || kusto.IsGUID(a) != kusto.IsGUID(b)
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
