// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest/emulated"
	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// testBehaviour is that of the tests' clusters: `make test BEHAVIOUR=file`. A test that sets
// a point of it has its own. No test but that of prerequisites grants what they ask for.
var testBehaviour kusto.Behaviour

// emu serves every test of the package: Go reads the proxy variables once per
// process. Each test has a cluster of its own in it.
var emu *emulator.Emulator

func TestMain(m *testing.M) {
	emulated.Main(m, func(p emulated.Process) {
		emu, testBehaviour = p.Emulator, p.Behaviour
		testBehaviour.Prerequisites = false
	})
}

// testCluster is a test's own cluster: remote is the emulator's side of it, and the
// embedded client is under test.
type testCluster struct {
	*Client
	t          testing.TB
	remote     *kusto.Cluster
	clients    *Clients
	options    Options
	credential *testCredential
	db         Securable

	// onPause, if set, is called before each wait.
	onPause func(mgmt.Event)

	mu     sync.Mutex
	events []mgmt.Event
}

// byDefault is for a test that is about one behaviour, whatever BEHAVIOUR says.
func byDefault(o *testOptions) { o.Behaviour = kusto.Behaviour{} }

type testOptions struct {
	kusto.ClusterConfig
	Options
}

var testClusters atomic.Int64

// newTestCluster returns a cluster with the database "Samples", and a client that
// signs in as its admin and hardly waits between tries.
func newTestCluster(tb testing.TB, change ...func(*testOptions)) *testCluster {
	tb.Helper()
	deployer := emu.Directory().App("ci-deployer")
	o := testOptions{}
	o.Name = fmt.Sprintf("test%d", testClusters.Add(1))
	o.Admins = []*entra.Principal{deployer}
	o.Behaviour = testBehaviour
	o.Retry = mgmt.RetryOptions{
		Initial: time.Millisecond, Max: 4 * time.Millisecond,
		Finish: 10 * time.Second, Unreachable: 10 * time.Second, Attempt: 30 * time.Second, Write: 30 * time.Second,
	}
	o.Waits = Waits{PropagationInitial: time.Millisecond, PropagationMax: 4 * time.Millisecond, Quiet: 20 * time.Millisecond}
	o.Product, o.Cloud = "terraform-provider-kusto/test", cloud.Public
	s := &testCluster{t: tb, credential: &testCredential{principal: deployer}, db: database("Samples")}
	o.Credential, o.Notify = s.credential, s.note
	o.TenantID = tenantIDOf
	for _, f := range change {
		f(&o)
	}
	s.remote = emu.AddCluster(o.ClusterConfig)
	s.remote.AddDatabase("Samples")
	s.options = o.Options
	s.clients = NewClients(o.Options)
	var err error
	if s.Client, err = s.clients.Client(mgmt.ClusterURI(s.remote.URI())); err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s *testCluster) note(_ context.Context, e mgmt.Event) {
	s.mu.Lock()
	s.events = append(s.events, e)
	s.mu.Unlock()
	if s.onPause != nil {
		s.onPause(e)
	}
}

// paused are the pauses so far.
func (s *testCluster) paused() []mgmt.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// sent are the texts of the commands so far that begin with a prefix.
func (s *testCluster) sent(prefix string) []string {
	var texts []string
	for _, c := range s.remote.Commands() {
		if strings.HasPrefix(c.Text, prefix) {
			texts = append(texts, c.Text)
		}
	}
	return texts
}

func (s *testCluster) wantSent(prefix string, n int) {
	s.t.Helper()
	if got := s.sent(prefix); len(got) != n {
		s.t.Errorf("%d commands %q were sent, want %d:\n%s", len(got), prefix, n, strings.Join(got, "\n"))
	}
}

// held are the FQNs that the emulator lists for a role of a securable.
func (s *testCluster) held(in Securable, role Role) []string {
	var fqns []string
	for _, g := range s.remote.Grants(remoteSecurable(in)) {
		if g.Role == string(role) {
			fqns = append(fqns, g.FQN)
		}
	}
	return fqns
}

func (s *testCluster) wantHeld(in Securable, role Role, fqns ...string) {
	s.t.Helper()
	got := s.held(in, role)
	slices.Sort(got)
	slices.Sort(fqns)
	if !slices.Equal(got, fqns) {
		s.t.Errorf("%s of %s are\n%s\nwant\n%s", role, in, strings.Join(got, "\n"), strings.Join(fqns, "\n"))
	}
}

// failOnce puts faults in the way of the next commands, one each.
func (s *testCluster) failOnce(faults ...kusto.Fault) {
	var mu sync.Mutex
	s.remote.Intercept(func(kusto.Command) *kusto.Fault {
		mu.Lock()
		defer mu.Unlock()
		if len(faults) == 0 {
			return nil
		}
		next := faults[0]
		faults = faults[1:]
		return &next
	})
}

// waitingFor waits until n writes are pending in the queues of the client.
func (s *testCluster) waitingFor(n int) {
	s.t.Helper()
	s.eventually(func() bool {
		s.queues.mu.Lock()
		defer s.queues.mu.Unlock()
		pending := 0
		for _, q := range s.queues.byRole {
			q.mu.Lock()
			pending += len(q.pending)
			q.mu.Unlock()
		}
		return pending == n
	}, fmt.Sprintf("%d pending writes", n))
}

// eventually yields until the condition holds.
func (s *testCluster) eventually(condition func() bool, what string) {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func database(name string) Securable { return Securable{Type: Database, Database: name} }

func typeOfSecurable(slug string) *SecurableType {
	i := slices.IndexFunc(SecurableTypes, func(k *SecurableType) bool { return k.Slug == slug })
	return SecurableTypes[i]
}

func entity(slug, name string) Securable {
	return Securable{Type: typeOfSecurable(slug), Database: "Samples", Name: name}
}

func remoteSecurable(s Securable) kusto.Securable {
	return kusto.Securable{Kind: s.Type.Keyword, Database: s.Database, Entity: s.Name}
}

// testCredential signs in as a principal of the emulator.
type testCredential struct {
	principal *entra.Principal
	// fail, if set, is asked before each token is made.
	fail func() error

	mu        sync.Mutex
	token     string
	scopes    []string
	refreshed int
	made      int
}

// last is the token that was made last.
func (c *testCredential) last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *testCredential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scopes = append(c.scopes, o.Scopes...)
	if c.fail != nil {
		if err := c.fail(); err != nil {
			return azcore.AccessToken{}, err
		}
	}
	if c.token == "" {
		c.made++
		c.token = emu.AppToken(c.principal, strings.TrimSuffix(o.Scopes[0], "/.default"), time.Hour)
	}
	return azcore.AccessToken{Token: c.token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (c *testCredential) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = ""
	c.refreshed++
}

// counts are how many tokens were made and how often one was thrown away.
func (c *testCredential) counts() (made, refreshed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made, c.refreshed
}

// tenantIDs are what the login host publishes.
var tenantIDs = map[string]string{"contoso.com": entra.ContosoTenantID, "fabrikam.com": entra.FabrikamTenantID}

func tenantIDOf(_ context.Context, domain string) (string, error) { return tenantIDs[domain], nil }

// inTenant is a name with the id of its tenant, as a run learns it.
func inTenant(f FQN) FQN { return (&Tenants{ask: tenantIDOf}).Of(context.Background(), f) }

func must(fqn string) FQN {
	f, err := ParseFQN(fqn)
	if err != nil {
		panic(fqn + ": " + err.Error())
	}
	return f
}

// resolvedAt is a made-up principal in the resolved form.
func resolvedAt(n int) FQN {
	return FQN{Type: App, ID: fmt.Sprintf("00000000-0000-4000-9000-%012x", n), Tenant: entra.ContosoTenantID}
}

// newApp is an application that no other test knows.
func newApp(name string) *entra.Principal {
	return emu.Directory().AddApp("contoso.com", fmt.Sprintf("%s %d", name, testClusters.Add(1)))
}

func wantReason(t *testing.T, err error, want mgmt.Reason) *mgmt.Error {
	t.Helper()
	var e *mgmt.Error
	if !errors.As(err, &e) || e.Reason != want {
		t.Fatalf("error is %#v (%v), want %v", err, err, want)
	}
	return e
}

// DropPrincipal drops a principal that no other resource declares.
func (s *testCluster) DropPrincipal(ctx context.Context, in Securable, role Role, f FQN, allowLockout bool) (kept bool, err error) {
	return s.Client.DropPrincipal(ctx, in, role, f, DropOptions{AllowLockout: allowLockout})
}

// dropErr drops a principal and returns the error alone.
func (s *testCluster) dropErr(ctx context.Context, in Securable, role Role, f FQN, allowLockout bool) error {
	_, err := s.DropPrincipal(ctx, in, role, f, allowLockout)
	return err
}

// SetRole makes principals the whole list of a role: it removes all others that hold it
// now.
func (s *testCluster) SetRole(ctx context.Context, change RoleChange) (RoleMembers, error) {
	change.Removed = s.others(ctx, change)
	return s.Client.SetRole(ctx, change)
}

func (s *testCluster) others(ctx context.Context, change RoleChange) (others []FQN) {
	list, err := s.Principals(ctx, change.Securable)
	if err != nil {
		return nil
	}
	for _, g := range list.Direct(change.Role) {
		if !isAny(change.Principals, g) && !isAny(change.Ignored, g) {
			others = append(others, g.Principal)
		}
	}
	return others
}

// setRole makes principals the whole list of a role.
func (s *testCluster) setRole(ctx context.Context, in Securable, role Role, principals ...FQN) error {
	_, err := s.SetRole(ctx, RoleChange{Securable: in, Role: role, Principals: principals})
	return err
}

// ClearRole takes a role from everyone who holds it now but ignored principals.
func (s *testCluster) ClearRole(ctx context.Context, in Securable, role Role, ignored []FQN, allowLockout bool) error {
	change := RoleChange{Securable: in, Role: role, Ignored: ignored, DropOptions: DropOptions{AllowLockout: allowLockout}}
	change.Removed = s.others(ctx, change)
	_, err := s.Client.ClearRole(ctx, change)
	return err
}

// resolveOne is Resolve for one name that may not be a viewer.
func (s *testCluster) resolveOne(ctx context.Context, list *PrincipalList, name FQN) Match {
	return s.Resolve(ctx, list, Viewers, []FQN{name}, false)[0]
}

// nextRun gives the test the client of another run: what this run granted, the next
// may drop.
func (s *testCluster) nextRun() {
	s.t.Helper()
	var err error
	if s.Client, err = NewClients(s.options).Client(s.Conn().URI()); err != nil {
		s.t.Fatal(err)
	}
}
