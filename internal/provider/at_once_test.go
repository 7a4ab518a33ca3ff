// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// fixture are n applications with a configuration that makes each a viewer.
type fixture struct {
	apps []*entra.Principal
}

func newTeam(name string, n int) fixture {
	var t fixture
	for i := range n {
		t.apps = append(t.apps, fake.Directory().AddApp(entra.ContosoTenantID, fmt.Sprintf("%s %02d", name, i)))
	}
	return t
}

func (t fixture) fqns() []string {
	var fqns []string
	for _, a := range t.apps {
		fqns = append(fqns, a.FQN())
	}
	return fqns
}

func (t fixture) lines() []string {
	var lines []string
	for _, fqn := range t.fqns() {
		lines = append(lines, line(database("Samples"), "viewers", fqn, ""))
	}
	return lines
}

func (t fixture) hcl(s *testCluster) string {
	list, _ := json.Marshal(t.fqns()) // strings always marshal
	return requiresKusto + s.provider + fmt.Sprintf(`
resource "kusto_database_principal" "it" {
  for_each      = toset(%s)
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = each.key
}
`, list)
}

// prepared is a workspace with a configuration, initialised.
func prepared(t *testing.T, hcl string, env ...string) *acctest.Workspace {
	t.Helper()
	w := workspace(t, env...)
	if err := w.Write("main.tf", hcl); err != nil {
		t.Fatal(err)
	}
	must(t, w, 0, "init", "-no-color")
	return w
}

// must runs the CLI, which has to end with a code.
func must(t *testing.T, w *acctest.Workspace, code int, args ...string) string {
	t.Helper()
	out, err := w.Must(testContext(t), code, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	applyArgs   = []string{"apply", "-no-color", "-auto-approve"}
	destroyArgs = []string{"destroy", "-no-color", "-auto-approve"}
	// planArgs is a plan that ends with code 0 where there is nothing to do.
	planArgs = []string{"plan", "-no-color", "-detailed-exitcode"}
)

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	if err := same(what, got, want); err != nil {
		t.Error(err)
	}
}

func TestTwoAppliesAtOnce_loseNothingOfEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		shared int // principals that both grant
	}{{"different principals", 0}, {"overlapping ones", 10}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, all := newTestCluster(t), newTeam("at once", 40-c.shared)
			first, second := fixture{all.apps[:20]}, fixture{all.apps[20-c.shared:]}
			a, b := prepared(t, first.hcl(s)), prepared(t, second.hcl(s))
			atOnce(t, s, ".add", applyArgs, a, b)
			compare(t, "the cluster", s.held(), all.lines())
			must(t, a, 0, planArgs...)
			must(t, b, 0, planArgs...)
			if c.shared > 0 {
				must(t, a, 0, destroyArgs...)
				compare(t, "what is left after one destroy", s.held(), fixture{all.apps[20:]}.lines())
				must(t, b, 0, applyArgs...)
				compare(t, "what the other's apply gives back", s.held(), second.lines())
				must(t, b, 0, destroyArgs...)
			} else {
				atOnce(t, s, ".drop", destroyArgs, a, b)
			}
			compare(t, "the cluster after both destroys", s.held(), nil)
		})
	}
}

// atOnce runs both, and lets no command of the verb through before each has sent
// one.
func atOnce(t *testing.T, s *testCluster, verb string, args []string, spaces ...*acctest.Workspace) {
	t.Helper()
	gate := s.Hold(func(c kusto.Command) bool { return c.Verb == verb })
	var running sync.WaitGroup
	for _, w := range spaces {
		running.Go(func() {
			if out, err := w.Must(testContext(t), 0, args...); err != nil {
				t.Error(err, out)
			}
		})
	}
	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()
	for range spaces {
		select {
		case <-gate.Waiting():
		case <-ended:
		case <-testContext(t).Done():
			t.Error("no command came")
		}
	}
	gate.Release()
	<-ended
}
