// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

// factories serve the provider as it is released: its waits suit a real cluster.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"kusto": func() (tfprotov6.ProviderServer, error) { return interruptible{provider.NewServer("test")()}, nil },
}

// reserve gives a test the cluster for itself until it ends. Then the roles are restored.
func (c *cluster) reserve(t *testing.T, roles ...roleOn) (before []heldRole) {
	t.Helper()
	results.watch(t)
	for _, r := range roles {
		if kind := r.securable.Type; !c.has(kind) {
			results.skip(t, fmt.Sprintf("%s names no %s", nameVariable(kind), kind.Noun))
		}
	}
	c.inUse.Lock()
	t.Cleanup(c.inUse.Unlock)
	_, before, err := c.held(t.Context(), roles)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		done, left := c.restore(before)
		if len(done) > 0 {
			t.Logf("restored:\n%s", strings.Join(done, "\n"))
		}
		if len(left) > 0 {
			t.Errorf("NOT restored. This is left to do:\n%s", strings.Join(left, "\n"))
		}
	})
	c.checkNewcomers(t, before)
	return before
}

// checkNewcomers fails the test if those whom it grants roles hold them already.
func (c *cluster) checkNewcomers(t *testing.T, before []heldRole) {
	t.Helper()
	for _, written := range []string{c.principal, c.other} {
		name, err := kusto.ParseFQN(written)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range before {
			for _, g := range h.grants {
				if g.Is(name) {
					t.Fatalf("%s is among the %s of %s already: name a principal without grants there", written, h.role, h.securable)
				}
			}
		}
	}
}

// fixture is a role on a securable of a cluster, for one test.
type fixture struct {
	*cluster
	roleOn
	needed []roleOn   // on the database, before it
	before []heldRole // needed and the role itself
}

// onEveryKind runs a test for each type of securable.
func onEveryKind(t *testing.T, test func(*testing.T, *fixture)) {
	t.Helper()
	for _, kind := range kinds {
		t.Run(kind.Slug, func(t *testing.T) {
			defer failOnPanic(t)
			test(t, shared.fixture(t, kind))
		})
	}
}

// failOnPanic makes a panic a failure of the test: the other tests go on.
func failOnPanic(t *testing.T) {
	t.Helper()
	if p := recover(); p != nil {
		t.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

func (c *cluster) fixture(t *testing.T, kind *kusto.SecurableType) *fixture {
	t.Helper()
	roles := c.roles(kind)
	before := c.reserve(t, roles...)
	if os.Getenv(resource.EnvTfAcc) == "" {
		results.skip(t, "set "+resource.EnvTfAcc+" to 1: it runs a CLI")
	}
	last := len(roles) - 1
	return &fixture{cluster: c, roleOn: roles[last], needed: roles[:last], before: before}
}

// test runs steps. Afterwards the provider itself must have restored the roles.
func (f *fixture) test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories, Steps: steps,
		CheckDestroy: func(*terraform.State) error {
			now, err := f.now(t)
			if err != nil {
				return err
			}
			if left := changes(f.before, now); len(left) > 0 {
				return fmt.Errorf("after destroy, this is left to do: %v", left)
			}
			return nil
		},
	})
}

func (f *fixture) now(t *testing.T) ([]heldRole, error) {
	t.Helper()
	_, now, err := f.held(t.Context(), append(f.needed, f.roleOn))
	return now, err
}

// granted checks that, besides those who held the role before, the service lists n
// principals with the notes, and that they are those of the state.
func (f *fixture) granted(t *testing.T, address string, n int, notes string) resource.TestCheckFunc {
	t.Helper()
	return func(state *terraform.State) error {
		now, err := f.now(t)
		if err != nil {
			return err
		}
		var listed []string
		for _, c := range changes(f.before[len(f.needed):], now[len(f.needed):]) {
			switch {
			case c.does != drop:
				return fmt.Errorf("somebody else's grant changed: to undo that, %s", c)
			case c.grant.Notes != notes && !c.grant.NotesHidden:
				return fmt.Errorf("%s has the notes %q, want %q", c.grant.Principal, c.grant.Notes, notes)
			}
			listed = append(listed, strings.ToLower(c.grant.Principal.String()))
		}
		var inState []string
		for name, value := range state.RootModule().Resources[address].Primary.Attributes {
			if strings.HasSuffix(name, "resolved_fqn") {
				inState = append(inState, value)
			}
		}
		slices.Sort(listed)
		slices.Sort(inState)
		if len(inState) != n || !slices.Equal(inState, listed) {
			return fmt.Errorf("%d principals were added: %v, the state has %v", len(listed), listed, inState)
		}
		return nil
	}
}
