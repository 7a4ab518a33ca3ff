// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// declarations are what the resources of one run declare, and what they give up: because
// they are destroyed, or changed. What one gives up and another declares is kept. The zero
// value is ready.
type declarations struct {
	mu      sync.Mutex
	targets map[declarationKey]*targetDeclarations
	// database is the one name that a database of a cluster has in this run, as far as it is
	// known. Optional.
	database func(cluster, name string) string
}

// declarationKey is a role of a securable in a cluster, in one spelling.
type declarationKey struct{ cluster, slug, database, name, role string }

// targetDeclarations are those for one target.
type targetDeclarations struct {
	instances map[string]bool
	declared  grantSet
	released  grantSet
	roles     []*rolePlan // of the resources that own the whole role
	// undecided are the grants of the states that were read, until their resources are
	// planned. Decided is closed when there are fewer of them.
	undecided grantSet
	decided   chan struct{}
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
	// removed are grants that such a resource removes and that its state does not hold.
	removed []*plannedGrant
}

// conflicts are what a plan and those before it disagree about.
type conflicts struct {
	// repeated are the plan's grants that another resource declares too.
	repeated []kusto.FQN
	// lost are the plan's grants that a role resource does not list.
	lost []kusto.FQN
	// removed are other resources' grants that the plan does not list.
	removed []kusto.FQN
	// revoked are those of lost and removed that an apply of the two plans would revoke.
	revoked []kusto.FQN
}

// declare adds a plan, and returns its conflicts with the plans before it. Of an instance that
// is planned again it only reports revoked.
func (d *declarations) declare(k declarationKey, plan grantPlan) (found conflicts) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at(k)
	again := at.instances[plan.instance]
	if again && !plan.wholeRole {
		return conflicts{}
	}
	at.instances[plan.instance] = true
	for _, g := range plan.owned {
		g.instance, g.unchanged = plan.instance, plan.unchanged
		if again {
			continue
		}
		if at.declared.find(g) != nil {
			found.repeated = append(found.repeated, g.name)
			continue
		}
		if i := slices.IndexFunc(at.roles, func(r *rolePlan) bool { return r.removes(g) }); i >= 0 {
			found.lost = append(found.lost, g.name)
			if at.roles[i].revokes(g) {
				found.revoked = append(found.revoked, g.name)
			}
		}
	}
	if plan.wholeRole {
		role := newRolePlan(plan)
		for _, g := range at.declared.all {
			if g.instance == plan.instance || !role.removes(g) {
				continue
			}
			if !again {
				found.removed = append(found.removed, g.name)
			}
			if role.revokes(g) {
				found.revoked = append(found.revoked, g.name)
			}
		}
		at.roles = append(at.roles, role)
	}
	if !again {
		at.declared.add(plan.owned)
	}
	return found
}

// read records the grants of a state that was read: its resource is planned next.
func (d *declarations) read(k declarationKey, grants []*plannedGrant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at(k).undecided.add(grants)
}

// decide records that the resource that holds the grants is planned: what it gives up is
// released.
func (d *declarations) decide(k declarationKey, grants []*plannedGrant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at(k)
	for _, g := range grants {
		if read := at.undecided.find(g); read != nil {
			read.decided = true
		}
	}
	close(at.decided)
	at.decided = make(chan struct{})
}

// decisionLimit is how long a plan waits for those of the other resources that hold its
// grants. Terraform plans a resource right after it has read its state.
const decisionLimit = 5 * time.Second

// givenUp returns those of the grants that another resource gave up, or may have. It waits
// until each resource that holds one of them, and whose state was read, is planned.
func (d *declarations) givenUp(ctx context.Context, k declarationKey, grants []*plannedGrant) (names []kusto.FQN) {
	ctx, cancel := context.WithTimeout(ctx, decisionLimit)
	defer cancel()
	for {
		d.mu.Lock()
		at := d.at(k)
		decided := at.decided
		undecided := slices.DeleteFunc(slices.Clone(grants), func(g *plannedGrant) bool { return !at.undecided.mayHave(g) })
		d.mu.Unlock()
		if len(undecided) == 0 || ctx.Err() != nil {
			break
		}
		select {
		case <-decided:
		case <-ctx.Done():
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at(k)
	for _, g := range grants {
		if at.released.mayHave(g) || at.undecided.mayHave(g) {
			names = append(names, g.name)
		}
	}
	return names
}

// hasReleased reports whether a resource gave up a grant in a database of another name.
func (d *declarations) hasReleased(k declarationKey) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for other, t := range d.targets {
		if other.cluster == k.cluster && other.slug == k.slug && other.database != k.database && len(t.released.all) > 0 {
			return true
		}
	}
	return false
}

// isReleased reports whether one of the grants was given up by a resource.
func (d *declarations) isReleased(k declarationKey, grants []*plannedGrant) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(grants, d.at(k).released.mayHave)
}

// release records grants that a resource gives up, and returns the declarations of those
// that another resource declares.
func (d *declarations) release(k declarationKey, grants []*plannedGrant) (declared []*plannedGrant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at(k)
	at.released.add(grants)
	return at.declaredOf(grants)
}

// ambiguous returns the grants that other instances declare and that one of the given grants
// may be, although nothing proves it.
func (d *declarations) ambiguous(k declarationKey, instance string, grants []*plannedGrant) (names []kusto.NamedGrant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	released, declared := newGrantSet(grants), d.at(k).declared
	among := declared.ambiguous
	if len(released.ambiguous) > 0 { // which each declared one may be
		among = declared.all
	}
	for _, g := range among {
		if g.instance != instance && (g.ambiguous || released.find(g) == nil) && released.mayHave(g) {
			names = append(names, kusto.NamedGrant{Principal: g.asGrant().Principal, Notes: g.notes})
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
		if by := t.declared.find(g); by != nil {
			declared = append(declared, &plannedGrant{name: g.name, row: g.row, unchanged: by.unchanged})
		}
	}
	return declared
}

func (d *declarations) at(k declarationKey) *targetDeclarations {
	if d.database != nil {
		k.database = kusto.FoldName(d.database(k.cluster, k.database))
	}
	if d.targets == nil {
		d.targets = make(map[declarationKey]*targetDeclarations)
	}
	if d.targets[k] == nil {
		d.targets[k] = &targetDeclarations{instances: make(map[string]bool), decided: make(chan struct{})}
	}
	return d.targets[k]
}

// rolePlan is a role's whole list.
type rolePlan struct {
	owned, ignored, removed *grantSet
}

func newRolePlan(plan grantPlan) *rolePlan {
	return &rolePlan{newGrantSet(plan.owned), newGrantSet(plan.ignored), newGrantSet(plan.removed)}
}

// removes reports whether the role neither owns the grant nor could ignore it.
func (r *rolePlan) removes(g *plannedGrant) bool {
	return r.owned.find(g) == nil && r.ignored.find(g) == nil && !slices.ContainsFunc(r.ignored.all, g.mayBe)
}

// revokes reports whether an apply would revoke the grant: the role's plan removes it, and
// the apply does not know that an unchanged resource declares it.
func (r *rolePlan) revokes(g *plannedGrant) bool { return g.unchanged && r.removed.mayHave(g) }
