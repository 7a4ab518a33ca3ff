// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// moveCases are changes that are applied by a real CLI and by the core of the random
// tests.
var moveCases = []struct {
	name          string
	before, after func(team fixture) moveConfig
}{
	{"keys of 40 grants renamed",
		func(team fixture) moveConfig { return moveConfig{team.members("old", false)} },
		func(team fixture) moveConfig { return moveConfig{team.members("new", false)} }},
	{"first element of a count list removed",
		func(team fixture) moveConfig { return moveConfig{team.members("k", true).counting()} },
		func(team fixture) moveConfig {
			return moveConfig{fixture{team.apps[1:]}.members("k", true).counting()}
		}},
	{"members become a role",
		func(team fixture) moveConfig { return moveConfig{team.members("k", false)} },
		func(team fixture) moveConfig { return moveConfig{team.role()} }},
	{"a role becomes members",
		func(team fixture) moveConfig { return moveConfig{team.role()} },
		func(team fixture) moveConfig { return moveConfig{team.members("k", false)} }},
	{"replaced, each before it is destroyed",
		func(team fixture) moveConfig { return moveConfig{team.members("k", true)} },
		func(team fixture) moveConfig { return moveConfig{team.members("k", true).replacing()} }},
}

// members make each of the team a viewer.
func (t fixture) members(prefix string, createFirst bool) moveBlock {
	b := moveBlock{typeName: "kusto_database_principal", label: "members", createFirst: createFirst}
	for i, app := range t.apps {
		b.instances = append(b.instances, moveInstance{
			key: fmt.Sprintf("%s%02d", prefix, i), database: "Samples", role: "viewers", principals: []moveName{{app, app.FQN()}},
		})
	}
	return b
}

func (b moveBlock) counting() moveBlock {
	b.counted = true
	return b
}

func (b moveBlock) replacing() moveBlock {
	for i := range b.instances {
		b.instances[i].replace = true
	}
	return b
}

// role makes the team the viewers.
func (t fixture) role() moveBlock {
	i := moveInstance{key: "viewers", database: "Samples", role: "viewers"}
	for _, app := range t.apps {
		i.principals = append(i.principals, moveName{app, app.FQN()})
	}
	return moveBlock{typeName: "kusto_database_role", label: "roles", instances: []moveInstance{i}}
}

var moveParallelisms = []int{1, 10, 50}

// eachMove runs the cases, each with every parallelism.
func eachMove(t *testing.T, team string, run func(t *testing.T, before, after moveConfig, parallelism int)) {
	t.Helper()
	for _, c := range moveCases {
		for _, parallelism := range moveParallelisms {
			t.Run(fmt.Sprintf("%s, parallelism %d", c.name, parallelism), func(t *testing.T) {
				t.Parallel()
				apps := newTeam(team, 40)
				run(t, c.before(apps), c.after(apps), parallelism)
			})
		}
	}
}

func TestMoves_byTheCLI(t *testing.T) {
	t.Parallel()
	eachMove(t, "moved by the CLI", applyMoves)
}

// TestMoves_randomOnesByTheCLI checks that the CLI can do what the core does.
func TestMoves_randomOnesByTheCLI(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 5; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := newMoveRun(seed)
			applyMoves(t, r.before, r.after, r.parallelism)
		})
	}
}

// applyMoves applies both configurations with a real CLI.
func applyMoves(t *testing.T, before, after moveConfig, parallelism int) {
	t.Helper()
	s := newMoveCluster(t)
	s.SetLatency(2 * time.Millisecond)
	limit := fmt.Sprintf("-parallelism=%d", parallelism)
	w := prepared(t, requiresKusto+s.provider+before.hcl())
	must(t, w, 0, append(applyArgs, limit)...)
	s.expectGrants(t, before)
	if err := w.Write("main.tf", requiresKusto+s.provider+after.hcl()); err != nil {
		t.Fatal(err)
	}
	args := slices.Concat(applyArgs, []string{limit})
	for _, address := range after.replaced() {
		args = append(args, "-replace="+address)
	}
	must(t, w, 0, args...)
	s.expectGrants(t, after)
	must(t, w, 0, planArgs...)
}

func (s *testCluster) expectGrants(t *testing.T, c moveConfig) {
	t.Helper()
	if lost, left := s.compareGrants(c); len(lost)+len(left) > 0 {
		t.Fatalf("lost: %q\nleft over or wrong: %q\nof\n%s\ncommands: %q", lost, left, c.hcl(), s.texts())
	}
}

func TestMoves_byTheCore(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("applies 40 grants 30 times: leave out -short")
	}
	eachMove(t, "moved by the core", func(t *testing.T, before, after moveConfig, parallelism int) {
		t.Helper()
		moveRun{before: before, after: after, parallelism: parallelism, latency: 2 * time.Millisecond}.check(t)
	})
}

// TestMoves_coreSendsWhatTheCLISends compares the commands of a walk that has only one
// possible order.
func TestMoves_coreSendsWhatTheCLISends(t *testing.T) {
	t.Parallel()
	team := newTeam("compared", 1)
	before, after := moveConfig{team.members("k", false)}, moveConfig{team.members("k", false).replacing()}
	for _, createFirst := range []bool{false, true} {
		t.Run(fmt.Sprintf("create before destroy %t", createFirst), func(t *testing.T) {
			t.Parallel()
			before, after := before.clone(), after.clone()
			before[0].createFirst, after[0].createFirst = createFirst, createFirst
			byCLI, byCore := newMoveCluster(t), newMoveCluster(t)
			w := prepared(t, requiresKusto+byCLI.provider+before.hcl())
			must(t, w, 0, applyArgs...)
			must(t, w, 0, append(applyArgs, "-replace="+after.replaced()[0])...)
			core := newMoveCore(t, byCore, 10, rand.New(rand.NewPCG(1, 1)))
			for _, config := range []moveConfig{before, after} {
				if err := core.apply(config.wanted()); err != nil {
					t.Fatal(err)
				}
			}
			compare(t, "the core's log", writesOf(byCore), writesOf(byCLI))
		})
	}
}

// writesOf are the commands that change grants, in order.
func writesOf(s *testCluster) []string {
	var texts []string
	for _, c := range s.Commands() {
		if c.Verb != ".show" {
			texts = append(texts, fmt.Sprintf("%d %s", len(texts), c.Text))
		}
	}
	return texts
}
