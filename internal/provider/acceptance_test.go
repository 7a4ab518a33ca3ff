// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"go.uber.org/goleak"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest/emulated"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// fake is the emulator that every acceptance test of this process reaches by
// the variables a corporate network would set. Each test has a cluster of its
// own in it.
var fake *emulator.Emulator

// testBehaviour is that of each test's cluster: `make test BEHAVIOUR=file`. A test that sets
// a behaviour keeps its own. Most tests grant
// roles on entities to principals without a role on the database, so prerequisites are only
// asked for in tests that set them: those of prerequisites and of the examples.
var testBehaviour fakekusto.Behaviour

// binaries is a folder for the provider as it is built.
var binaries string

func TestMain(m *testing.M) {
	// Each provider has connections of its own, which remain open for 90 s otherwise: thousands.
	http.DefaultTransport.(*http.Transport).IdleConnTimeout = time.Second
	emulated.Main(m, func(p emulated.Process) {
		fake, testBehaviour, binaries = p.Emulator, p.Behaviour, p.Dir
		testBehaviour.Prerequisites = false
		addAlikes()
	}, goleak.IgnoreAnyFunction("github.com/hashicorp/go-plugin.copyChan")) // reads the output of what it serves for ever
}

// fastRetry are pauses that suit an emulator. What is given up is given up late enough for
// a busy machine: the Azure CLI alone takes some seconds there.
var fastRetry = mgmt.RetryOptions{
	Initial: time.Millisecond, Max: 20 * time.Millisecond,
	Unreachable: 20 * time.Second,
}

// fastWaits are waits that suit an emulator.
var fastWaits = kusto.Waits{
	Lookup:             3 * time.Second,
	PropagationInitial: 5 * time.Millisecond, PropagationMax: 50 * time.Millisecond, Quiet: 200 * time.Millisecond, Prerequisite: 2 * time.Second,
}

// factories serve the provider to Terraform from within the test process.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"kusto": func() (tfprotov6.ProviderServer, error) {
		return NewServer("test", WithRetry(fastRetry, fastWaits))(), nil
	},
}

// testCluster is one test's cluster with a database in it.
type testCluster struct {
	*fakekusto.Cluster
	uri      string
	database string
	deployer *entra.Principal // whom Terraform signs in as
	provider string           // the provider block
}

var testClusters atomic.Int64

// newTestCluster gives a test a cluster of its own, with an app as AllDatabasesAdmin
// that Terraform signs in as, and a database "Samples".
func newTestCluster(t *testing.T) *testCluster {
	t.Helper()
	return newTestClusterAs(t, fake.Directory().App("ci-deployer"))
}

// newTestClusterAs is newTestCluster for a test that needs the application for itself.
func newTestClusterAs(t *testing.T, deployer *entra.Principal) *testCluster {
	t.Helper()
	c := fake.AddCluster(fakekusto.ClusterConfig{
		Name: fmt.Sprintf("t%d", testClusters.Add(1)), Admins: []*entra.Principal{deployer}, Behaviour: testBehaviour,
	})
	c.AddDatabase("Samples")
	s := &testCluster{Cluster: c, uri: c.URI(), database: "Samples", deployer: deployer}
	s.provider = s.signedInAs(deployer)
	return s
}

// byDefault is for a test of the words and columns of the default behaviour, whatever
// BEHAVIOUR says.
func (s *testCluster) byDefault() *testCluster {
	s.SetBehaviour(fakekusto.Behaviour{})
	return s
}

// skipIfHidden skips a test that asks who a principal of another tenant is, if the
// behaviour tells nobody. TestEvidence_namesStayWhoeverTheAnswerNames is about that.
func skipIfHidden(t *testing.T, name string) {
	t.Helper()
	hidden := (testBehaviour.OthersRolesForbidden || testBehaviour.RolesID == "empty") && !testBehaviour.ShowForeignNames
	if hidden && strings.Contains(name, "@fabrikam.com") {
		t.Skip("this behaviour tells nobody who a principal of another tenant is")
	}
}

// signedInAs is a provider block for the cluster and an application.
func (s *testCluster) signedInAs(app *entra.Principal) string {
	return fmt.Sprintf(`
provider "kusto" {
  cluster_uri   = %q
  tenant_id     = %q
  client_id     = %q
  client_secret = %q
}
`, s.uri, app.TenantID, app.AppID, app.Secrets[0])
}

// config is a whole configuration.
func (s *testCluster) config(body string) string { return s.provider + body }

// test runs steps against the cluster, in the core; afterwards nothing may be left that
// Terraform granted.
func (s *testCluster) test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	runCase(t, s.testCase(steps))
}

// testWithCLI is test for steps that only a CLI can run, or that are about one.
func (s *testCluster) testWithCLI(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, s.testCase(steps))
}

func (s *testCluster) testCase(steps []resource.TestStep) resource.TestCase {
	before := s.held()
	return resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps:                    steps,
		CheckDestroy: func(*terraform.State) error {
			return same("after destroy", s.held(), before)
		},
	}
}

// held is what the cluster holds, a line for each direct grant but those of the creators
// of entities.
func (s *testCluster) held() []string {
	var lines []string
	for _, g := range s.AllGrants() {
		if !g.Grant.Creator {
			lines = append(lines, line(g.Securable, g.Grant.Role, g.Grant.FQN, g.Grant.Notes))
		}
	}
	return lines
}

func line(s fakekusto.Securable, role, fqn, notes string) string {
	where := s.Kind + " " + s.Database
	if s.Entity != "" {
		where += "/" + s.Entity
	}
	return strings.TrimSpace(where + ": " + role + " " + fqn + " " + notes)
}

// holds checks that the cluster holds exactly these grants.
func (s *testCluster) holds(want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error { return same("the cluster", s.held(), want) }
}

// sent checks how many commands of a verb the cluster got since the last reset.
func (s *testCluster) sent(verb string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := s.count(verb); got != want {
			return fmt.Errorf("%d %s commands were sent, want %d: %v", got, verb, want, s.texts())
		}
		return nil
	}
}

func (s *testCluster) count(verb string) int {
	n := 0
	for _, c := range s.Commands() {
		if c.Verb == verb {
			n++
		}
	}
	return n
}

func (s *testCluster) texts() []string {
	var texts []string
	for _, c := range s.Commands() {
		texts = append(texts, c.Text)
	}
	return texts
}

func same(what string, got, want []string) error {
	g, w := sorted(got), sorted(want)
	if strings.Join(g, "\n") != strings.Join(w, "\n") {
		return fmt.Errorf("%s holds\n  %s\nwant\n  %s", what, strings.Join(g, "\n  "), strings.Join(w, "\n  "))
	}
	return nil
}

// says matches an error's words, however the CLI breaks the lines.
func says(words ...string) *regexp.Regexp {
	quoted := make([]string, len(words))
	for i, w := range words {
		fields := strings.Fields(w)
		for j, f := range fields {
			fields[j] = regexp.QuoteMeta(f)
		}
		quoted[i] = strings.Join(fields, `\s+`)
	}
	return regexp.MustCompile(`(?s)` + strings.Join(quoted, `.*`))
}

// database is the emulator's securable for a database.
func database(name string) fakekusto.Securable {
	return fakekusto.Securable{Kind: "database", Database: name}
}

// who finds a principal of the seeded directory.
func who(name string) *entra.Principal { return fake.Directory().Must(name) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// holdsExactly checks who holds a role on a securable, its creator included.
func (s *testCluster) holdsExactly(on fakekusto.Securable, role string, fqns ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		var held []string
		for _, g := range s.Grants(on) {
			if g.Role == role {
				held = append(held, g.FQN)
			}
		}
		return same(on.Kind, held, fqns)
	}
}

// slowly makes the first .add of a role on a kind of securable fail for a moment, so that
// other grants come first.
func (s *testCluster) slowly(kind, role string) func() {
	return func() {
		var left atomic.Int64
		left.Store(3)
		s.Intercept(func(c fakekusto.Command) *fakekusto.Fault {
			if c.Verb == ".add" && c.Securable.Kind == kind && c.Role == role && left.Add(-1) >= 0 {
				return &fakekusto.Fault{Kind: fakekusto.Unavailable}
			}
			return nil
		})
	}
}
