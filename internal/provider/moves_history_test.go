// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// moveHistory is a random case with several runs, some of which are disturbed.
type moveHistory struct {
	moveRun
	conflicts moveConflicts
	runs      []historyRun
}

// historyRun is one run: refresh, plan and apply.
type historyRun struct {
	name    string
	config  moveConfig
	changes []string // since the run before
	end     *interruption
	// only is how many in four addresses the run targets, 0 for all.
	only int
	// strangers get and lose roles by hand between the plan and the apply.
	strangers []strangerMove
}

// strangerMove is what somebody does by hand: a stranger gets a role that the configuration
// manages, or loses it.
type strangerMove struct {
	slot     moveInstance
	stranger *entra.Principal
	leaves   bool
}

// moveStrangers are principals that no configuration names.
var moveStrangers = sync.OnceValue(func() (all []*entra.Principal) {
	for i := range 4 {
		all = append(all, fake.Directory().AddApp(entra.ContosoTenantID, fmt.Sprintf("stranger %d", i)))
	}
	return all
})

// whole reports whether nothing disturbs the run.
func (r historyRun) whole() bool { return r.end == nil && r.only == 0 && len(r.strangers) == 0 }

func (r historyRun) String() string {
	text := r.name
	if r.end != nil {
		text += fmt.Sprintf(", ends after %d operations (provider interrupted: %t)", r.end.after, r.end.cancel)
	}
	if r.only > 0 {
		text += fmt.Sprintf(", targets %d of 4 addresses", r.only)
	}
	for _, s := range r.strangers {
		text += fmt.Sprintf("; %s at %s, leaves %t", s.stranger.DisplayName, s.slot.slot(), s.leaves)
	}
	return fmt.Sprintf("RUN %s: %v (replaced: %q)\n%s", text, r.changes, r.config.replaced(), r.config.hcl())
}

// newMoveHistory makes a few configurations, and for each of them disturbed runs, a whole
// one, or both. The last run is whole.
func newMoveHistory(seed uint64) moveHistory {
	g := &moveGenerator{Rand: rand.New(rand.NewPCG(seed, 3))}
	h := moveHistory{moveRun: newMoveRun(seed)}
	h.conflicts.duplicates = g.often(2)
	h.conflicts.contradictions = h.conflicts.duplicates && g.often(5)
	g.contradicts = h.conflicts.contradictions
	ways := moveChanges
	if h.conflicts.duplicates {
		ways = slices.Concat(moveChanges, moveDuplicates, moveDuplicates)
	}
	config := h.before
	g.used = 1000 // labels and keys of the first configuration are taken
	var changes []string
	for n := range 2 + g.IntN(3) {
		if n > 0 {
			config, changes = g.changed(config, h.conflicts, ways)
		}
		disturbed := g.IntN(3)
		for d := range disturbed {
			run := historyRun{name: fmt.Sprintf("%d.%d", n, d), config: config, changes: changes}
			g.disturb(&run)
			h.runs, changes, config = append(h.runs, run), nil, config.once()
		}
		if disturbed == 0 || g.often(2) {
			h.runs = append(h.runs, historyRun{name: fmt.Sprintf("%d", n), config: config, changes: changes})
			changes, config = nil, config.once()
		}
	}
	h.runs = append(h.runs, historyRun{name: "last", config: config})
	return h
}

// disturb makes a run one that is interrupted, targets some addresses only, or has strangers
// come and go before its apply.
func (g *moveGenerator) disturb(r *historyRun) {
	kind := g.IntN(4)
	if kind <= 1 || g.often(4) {
		r.end = &interruption{after: g.IntN(12), cancel: g.often(2)}
	}
	if kind == 2 || g.often(4) {
		r.only = 1 + g.IntN(3)
	}
	if kind == 3 || g.often(4) {
		for range 1 + g.IntN(3) {
			if len(r.config) > 0 {
				r.strangers = append(r.strangers, strangerMove{pick(g, pick(g, r.config).slots()), pick(g, moveStrangers()), g.often(3)})
			}
		}
	}
}

// once is the configuration without -replace.
func (c moveConfig) once() moveConfig {
	c = c.clone()
	for _, b := range c {
		for i := range b.instances {
			b.instances[i].replace = false
		}
	}
	return c
}

// check applies the configurations of a run as they are.
func (r moveRun) check(t *testing.T) {
	t.Helper()
	moveHistory{moveRun: r, runs: []historyRun{
		{name: "before", config: r.before}, {name: "after", config: r.after, changes: r.changes},
	}}.check(t)
}

// check makes the runs, each in new processes as a CLI does. No run takes a grant that its
// plan did not show as removed, and none that the configuration declares. After each whole run the cluster holds what the configuration
// declares, and after the last one the plan is empty.
func (h moveHistory) check(t *testing.T) {
	t.Helper()
	s := newMoveCluster(t)
	s.SetBehaviour(h.behaviour)
	s.SetFaults(h.faults)
	s.Intercept(func(kusto.Command) *kusto.Fault {
		time.Sleep(rand.N(h.latency)) // not the seed's: requests arrive in any order
		return nil
	})
	core := newMoveCore(t, s, h.parallelism, rand.New(rand.NewPCG(h.seed, 2)))
	calm := true // nothing was disturbed so far
	for n, run := range h.runs {
		calm = calm && run.whole()
		core.warned()
		if err := h.make(s, core, run, calm); err != nil {
			h.fail(t, s, n, fmt.Errorf("%w\ncontradicts: %t\nwarnings:\n%s", err, run.config.contradicts(), core.warned()))
		}
	}
	s.SetFaults(kusto.FaultPlan{})
	last := h.runs[len(h.runs)-1]
	if err := core.expectEmptyPlan(last.config.wanted()); err != nil && !last.config.contradicts() {
		h.fail(t, s, len(h.runs)-1, fmt.Errorf("plan after the last apply: %w", err))
	}
}

// make makes a run.
func (h moveHistory) make(s *testCluster, c *core, run historyRun, calm bool) error {
	options := planOptions{}
	if run.only > 0 {
		options.target = func(address string) bool {
			of := fnv.New32a()
			fmt.Fprint(of, h.seed, run.name, address)
			return int(of.Sum32()>>8%4) < run.only
		}
	}
	changes, err := c.plan(run.config.wanted(), options)
	if err != nil {
		if run.config.contradicts() && strings.Contains(err.Error(), "The plan would revoke them.") {
			return nil // refused: nothing is done
		}
		return fmt.Errorf("plan: %w", err)
	}
	for _, m := range run.strangers {
		if m.leaves {
			s.Revoke(m.slot.securable(), m.slot.role, m.stranger)
		} else {
			s.Grant(m.slot.securable(), m.slot.role, m.stranger, "by hand")
		}
	}
	before := s.grantLines()
	err = c.carryOutUntil(changes, run.end)
	if run.end != nil && run.end.cancel {
		time.Sleep(2*h.latency + 5*time.Millisecond) // commands that nobody waits for
	}
	if taken := unshown(changes, before, s.grantLines()); len(taken) > 0 {
		return errors.Join(fmt.Errorf("grants are gone that the plan does not show as removed: %q\nit shows: %q", taken, removals(changes)), err)
	}
	// A role resource that a stale plan could not create grants nothing. Members that become
	// it may have been destroyed by then; the next run grants them again.
	isStale := len(run.strangers) > 0 && isStaleRole(err)
	if lost, _ := s.compareGrants(run.config); run.end == nil && run.only == 0 && !replacesAny(changes, run.config) && !isStale {
		lost = slices.DeleteFunc(lost, func(grant string) bool { return !slices.Contains(before, strings.ToLower(grant)) })
		if len(lost) > 0 {
			return errors.Join(fmt.Errorf("the configuration declares what is revoked: %q", lost), err)
		}
	}
	switch {
	case run.end != nil && run.end.cancel, isStale:
		return nil // the next run goes on
	case err != nil:
		return fmt.Errorf("apply: %w", err)
	case run.end != nil, run.only > 0:
		return nil
	}
	lost, left := s.compareGrants(run.config)
	if !calm || h.conflicts.duplicates {
		left = nil // strangers, what an interrupted run granted, and notes that two declare
	}
	if len(lost)+len(left) > 0 {
		return fmt.Errorf("lost: %q\nleft over or wrong: %q", lost, left)
	}
	return nil
}

// replacesAny reports whether a plan destroys what it creates again.
func replacesAny(changes []*moveChange, c moveConfig) bool {
	return len(c.replaced()) > 0 || slices.ContainsFunc(changes, func(change *moveChange) bool { return change.prior != nil && change.prior.tainted })
}

// contradicts reports whether a role's list lacks what another instance declares, or two
// instances declare different notes.
func (c moveConfig) contradicts() bool {
	return !c.allowed(moveConflicts{duplicates: true}) || c.hasTwoNotes()
}

// hasTwoNotes reports whether two instances declare one grant with different notes.
func (c moveConfig) hasTwoNotes() bool {
	notes := make(map[string]string)
	for _, b := range c {
		for _, i := range b.instances {
			for _, name := range i.principals {
				if i.notes == nil {
					continue
				}
				grant := line(i.securable(), i.role, name.principal.FQN(), "")
				if other, declared := notes[grant]; declared && other != *i.notes {
					return true
				}
				notes[grant] = *i.notes
			}
		}
	}
	return false
}

var staleRole = regexp.MustCompile(`(?m)^\S+_(role|access)\.\S+: ` + inconsistentPlan + `: \.removed_principals`)

// isStaleRole reports whether all that failed is the creation of role resources whose saved
// plans name other principals as removed than they would now.
func isStaleRole(err error) bool {
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		for _, one := range all.Unwrap() {
			if !isStaleRole(one) {
				return false
			}
		}
		return true
	}
	return err != nil && staleRole.MatchString(err.Error())
}

// grantLines are the grants that the cluster holds, but for those of creators.
func (s *testCluster) grantLines() []string {
	var lines []string
	for _, g := range s.AllGrants() {
		if !g.Grant.Creator {
			lines = append(lines, grantLine(g.Securable, g.Grant.Role, g.Grant.FQN))
		}
	}
	return lines
}

// grantLine is a grant in one spelling.
func grantLine(s kusto.Securable, role, fqn string) string {
	fqn = cmp.Or(movePrincipalNamed()[strings.ToLower(fqn)], fqn)
	return strings.ToLower(line(s, role, fqn, ""))
}

func (h moveHistory) fail(t *testing.T, s *testCluster, at int, what error) {
	t.Helper()
	var commands, runs strings.Builder
	for _, c := range s.Commands() {
		if c.Verb != ".show" {
			fmt.Fprintf(&commands, "%d %s %s\n", c.Status, c.Fault, c.Text)
		}
	}
	for _, run := range h.runs[:at+1] {
		fmt.Fprintf(&runs, "%s\n", run)
	}
	t.Fatalf("seed %d, run %s: %v\nrepeat: go test ./internal/provider -run '%s$' -moves %d\nparallelism %d, %+v, %+v\n%s\nCOMMANDS\n%s",
		h.seed, h.runs[at].name, what, strings.ReplaceAll(t.Name(), "/", "$/^"), h.seed, h.parallelism, h.behaviour, h.faults,
		&runs, &commands)
}
