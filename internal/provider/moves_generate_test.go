// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// moveRun is one random case: two configurations, and the conditions.
type moveRun struct {
	seed          uint64
	before, after moveConfig
	changes       []string // from before to after
	parallelism   int
	latency       time.Duration // the longest that a command waits
	behaviour     kusto.Behaviour
	faults        kusto.FaultPlan
}

// movePrincipals are the principals of all runs.
var movePrincipals = sync.OnceValue(func() (all []*entra.Principal) {
	d := fake.Directory()
	for i := range 6 {
		all = append(all,
			d.AddUser(entra.ContosoTenantID, fmt.Sprintf("mover%d@contoso.com", i), fmt.Sprintf("Mover %d", i)),
			d.AddApp(entra.ContosoTenantID, fmt.Sprintf("moving app %d", i)),
			d.AddGroup(entra.ContosoTenantID, fmt.Sprintf("Movers %d", i), fmt.Sprintf("movers%d@contoso.com", i)))
	}
	return append(all, d.AddUser(entra.FabrikamTenantID, "mover@fabrikam.com", "Foreign Mover"), who("carol@outlook.com"))
})

// moveGenerator makes configurations and changes them. All its choices are the seed's.
type moveGenerator struct {
	*rand.Rand
	used        int  // labels and keys
	contradicts bool // roles lack what others declare
}

func newMoveRun(seed uint64) moveRun {
	g := &moveGenerator{Rand: rand.New(rand.NewPCG(seed, 1))}
	r := moveRun{seed: seed, parallelism: pick(g, []int{1, 10, 50}), latency: pick(g, []time.Duration{1, time.Millisecond, 5 * time.Millisecond})}
	r.behaviour, r.faults = g.behaviour(), g.faults(int64(seed))
	for len(r.before) == 0 {
		r.before = g.config()
	}
	r.after, r.changes = g.changed(r.before, moveConflicts{}, moveChanges)
	return r
}

// changed changes a configuration a few times.
func (g *moveGenerator) changed(c moveConfig, conflicts moveConflicts, ways []moveChangeOf) (changed moveConfig, changes []string) {
	changed = c.clone()
	for range 1 + g.IntN(5) {
		change := pick(g, ways)
		next := changed.clone()
		change.make(g, &next)
		if next = next.tidy(); next.allowed(conflicts) {
			changed, changes = next, append(changes, change.name)
		}
	}
	return changed, changes
}

func pick[T any](g *moveGenerator, from []T) T { return from[g.IntN(len(from))] }

// often is true once in n times.
func (g *moveGenerator) often(n int) bool { return g.IntN(n) == 0 }

// fresh is a label or key that is not used yet.
func (g *moveGenerator) fresh(prefix string) string {
	g.used++
	return fmt.Sprintf("%s%d", prefix, g.used)
}

// behaviour is one under which the provider promises the right end. An engine that
// neither changes notes nor shows them is none.
func (g *moveGenerator) behaviour() kusto.Behaviour {
	return kusto.Behaviour{
		DropAbsentIsError: g.often(2), AddKeepsNotes: g.often(3), SetClearsNotes: g.often(3), OthersRolesForbidden: g.often(4),
		OldTypeWords: g.often(4), UpperNames: g.often(4), ShowForeignNames: g.often(4), Columns: pick(g, []string{"", "", "notes"}),
	}
}

// faults are none for a third of the runs.
func (g *moveGenerator) faults(seed int64) kusto.FaultPlan {
	plan := kusto.FaultPlan{Seed: seed, MaxPerCommand: 2}
	if g.often(3) {
		return plan
	}
	for _, share := range []*float64{
		&plan.Throttle, &plan.Unavailable, &plan.GatewayTimeout, &plan.Status520, &plan.CutBefore, &plan.CutAfter,
		&plan.Truncate, &plan.Unauthorized, &plan.Partial,
	} {
		if g.often(3) {
			*share = 0.08 * g.Float64()
		}
	}
	if g.often(3) {
		plan.Late, plan.LateLookups = 0.3, 1+g.IntN(3)
	}
	return plan
}

// config has members or a role resource for each of a few roles.
func (g *moveGenerator) config() moveConfig {
	var c moveConfig
	for range 2 + g.IntN(3) {
		slot := g.slot()
		names := g.names(1 + g.IntN(8))
		next := c.clone()
		switch {
		case g.often(6):
			slot.principals, slot.also = names, map[string][]moveName{pick(g, moveRoles(slot.table)): g.names(1 + g.IntN(3))}
			next.put(g, "access", slot)
		case g.often(3):
			slot.principals, slot.notes = names, g.notes()
			next.put(g, "role", slot)
		default:
			for _, name := range names {
				member := slot
				member.principals, member.notes = []moveName{name}, g.notes()
				next.put(g, "principal", member)
			}
		}
		if next.valid() {
			c = next
		}
	}
	return c
}

// slot is an instance without principals.
func (g *moveGenerator) slot() moveInstance {
	i := moveInstance{key: g.fresh("k"), database: pick(g, moveDatabases), role: pick(g, []string{"viewers", "users", "ingestors", "admins", "monitors"})}
	if g.often(3) {
		i.table, i.role = "Night Admin", pick(g, moveRoles("table"))
	}
	return i
}

func (g *moveGenerator) names(n int) []moveName {
	var names []moveName
	for _, at := range g.Perm(len(movePrincipals()))[:n] {
		names = append(names, g.spell(movePrincipals()[at]))
	}
	return names
}

// spell writes a principal in one of its forms.
func (g *moveGenerator) spell(p *entra.Principal) moveName { return moveName{p, pick(g, formsOf(p))} }

// formsOf are the forms of a principal's name.
func formsOf(p *entra.Principal) []string {
	fqn := p.FQN()
	forms := []string{fqn}
	kind, rest, _ := strings.Cut(fqn, "=")
	id, _, hasTenant := strings.Cut(rest, ";")
	forms = append(forms, kind+"="+strings.ToUpper(rest))
	domain := "contoso.com"
	if p.TenantID == entra.FabrikamTenantID {
		domain = "fabrikam.com"
	}
	if hasTenant {
		forms = append(forms, kind+"="+id+";"+domain)
	}
	switch kind {
	case "aaduser":
		forms = append(forms, "aaduser="+p.UPN, "aaduser="+p.UPN+";"+domain)
	case "aadapp":
		forms = append(forms, "aadapp="+p.ObjectID+";"+p.TenantID)
	}
	if kind == "aadapp" || kind == "aadgroup" {
		forms = append(forms, kind+"="+p.DisplayName+";"+domain, kind+"="+p.DisplayName+";"+p.TenantID)
	}
	if kind == "aadgroup" {
		forms = append(forms, "aadgroup="+p.Mail)
	}
	return forms
}

// movePrincipalNamed are the FQNs of the principals by each form of their names, in lower case.
var movePrincipalNamed = sync.OnceValue(func() map[string]string {
	fqns := make(map[string]string)
	for _, p := range movePrincipals() {
		for _, form := range formsOf(p) {
			fqns[strings.ToLower(form)] = p.FQN()
		}
	}
	return fqns
})

func (g *moveGenerator) notes() *string {
	if g.often(2) {
		return nil
	}
	text := pick(g, []string{"", "ticket 1", "ticket 2"})
	return &text
}

// put adds an instance to a block of its type, or to a new block.
func (c *moveConfig) put(g *moveGenerator, kind string, i moveInstance) {
	i.key = g.fresh("k")
	typeName := "kusto_database_" + kind
	if i.table != "" {
		typeName = "kusto_table_" + kind
	}
	for at := range *c {
		if (*c)[at].typeName == typeName && g.IntN(6) > 0 {
			(*c)[at].instances = append((*c)[at].instances, i)
			return
		}
	}
	*c = append(*c, moveBlock{typeName: typeName, label: g.fresh("b"), counted: g.often(2), createFirst: g.often(2), instances: []moveInstance{i}})
}

func (c moveConfig) clone() moveConfig {
	out := slices.Clone(c)
	for b := range out {
		out[b].instances = slices.Clone(out[b].instances)
		for i := range out[b].instances {
			instance := &out[b].instances[i]
			instance.principals, instance.also = slices.Clone(instance.principals), maps.Clone(instance.also)
		}
	}
	return out
}

// tidy removes blocks without instances.
func (c moveConfig) tidy() moveConfig {
	return slices.DeleteFunc(c, func(b moveBlock) bool { return len(b.instances) == 0 })
}

// valid reports whether no two instances share a grant, and a role resource has its
// role for itself.
func (c moveConfig) valid() bool { return c.allowed(moveConflicts{}) }

// moveConflicts are what the resources of a configuration may disagree about.
type moveConflicts struct {
	duplicates     bool // two may declare one grant
	contradictions bool // a role's list may lack what another declares
}

func (c moveConfig) allowed(conflicts moveConflicts) bool {
	if slices.ContainsFunc(c, func(b moveBlock) bool {
		return slices.ContainsFunc(b.instances, func(i moveInstance) bool { return len(i.principals) == 0 })
	}) {
		return false
	}
	declared, instances, roles := map[string]map[string]bool{}, map[string]int{}, map[string][]int{}
	for _, b := range c {
		for _, i := range b.slots() {
			slot, own := i.slot(), map[string]bool{}
			if declared[slot] == nil {
				declared[slot] = map[string]bool{}
			}
			for _, name := range i.principals {
				fqn := name.principal.FQN()
				if own[fqn] || declared[slot][fqn] && !conflicts.duplicates {
					return false
				}
				own[fqn], declared[slot][fqn] = true, true
			}
			if len(own) == 0 && i.also == nil {
				return false
			}
			if instances[slot]++; b.isRole() {
				roles[slot] = append(roles[slot], len(own))
			}
		}
	}
	for slot, sizes := range roles {
		if instances[slot] > 1 && !conflicts.duplicates {
			return false
		}
		for _, size := range sizes {
			if size < len(declared[slot]) && !conflicts.contradictions {
				return false
			}
		}
	}
	return true
}
