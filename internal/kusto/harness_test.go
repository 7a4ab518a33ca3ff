package kusto

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// emu serves every test of the package: Go reads the proxy variables once per
// process. Each test has a cluster of its own in it.
var emu *emulator.Emulator

func TestMain(m *testing.M) {
	code := runWithEmulator(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func runWithEmulator(m *testing.M) int {
	var err error
	if emu, err = emulator.Start(emulator.Options{}); err != nil {
		panic(err)
	}
	defer emu.Close()
	dir, err := os.MkdirTemp("", "kusto")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ca, err := emu.WriteCA(dir)
	if err != nil {
		panic(err)
	}
	for _, variable := range []string{"NO_PROXY", "no_proxy", "SSL_CERT_DIR"} {
		os.Unsetenv(variable)
	}
	for _, setting := range emu.Environ(ca) {
		name, value, _ := strings.Cut(setting, "=")
		os.Setenv(name, value)
	}
	return m.Run()
}

// stand is one test's cluster: remote as the emulator holds it, and the client
// under test.
type stand struct {
	*Cluster
	t          testing.TB
	remote     *emulator.Cluster
	service    *Service
	credential *minter
	db         Securable

	mu     sync.Mutex
	events []Event
}

type standOptions struct {
	emulator.ClusterConfig
	Options
}

var standCount atomic.Int64

// newStand makes a cluster with the database "Samples" and a client that signs
// in as its admin and pauses for next to no time.
func newStand(tb testing.TB, change ...func(*standOptions)) *stand {
	tb.Helper()
	deployer := emu.Directory().App("ci-deployer")
	o := standOptions{}
	o.Name = fmt.Sprintf("stand%d", standCount.Add(1))
	o.Admins = []*emulator.Principal{deployer}
	o.Pauses = Pauses{
		First: time.Millisecond, Longest: 4 * time.Millisecond, LateFirst: time.Millisecond, LateLongest: 4 * time.Millisecond,
		Finish: 10 * time.Second, Unreachable: 10 * time.Second, Attempt: 30 * time.Second,
	}
	o.Product = "terraform-provider-kusto/test"
	s := &stand{t: tb, credential: &minter{principal: deployer}, db: database("Samples")}
	o.Credential, o.Notify = s.credential, s.note
	for _, f := range change {
		f(&o)
	}
	s.remote = emu.AddCluster(o.ClusterConfig)
	s.remote.AddDatabase("Samples")
	s.service = NewService(o.Options)
	tb.Cleanup(s.service.Close)
	var err error
	if s.Cluster, err = s.service.Cluster(ClusterURI(s.remote.URI())); err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s *stand) note(_ context.Context, e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// paused are the pauses so far.
func (s *stand) paused() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// sent are the texts of the commands so far that begin with a prefix.
func (s *stand) sent(prefix string) []string {
	var texts []string
	for _, c := range s.remote.Commands() {
		if strings.HasPrefix(c.Text, prefix) {
			texts = append(texts, c.Text)
		}
	}
	return texts
}

func (s *stand) wantSent(prefix string, n int) {
	s.t.Helper()
	if got := s.sent(prefix); len(got) != n {
		s.t.Errorf("%d commands %q were sent, want %d:\n%s", len(got), prefix, n, strings.Join(got, "\n"))
	}
}

// held are the FQNs that the emulator lists for a role of a securable.
func (s *stand) held(in Securable, role Role) []string {
	var fqns []string
	for _, g := range s.remote.Grants(remoteSecurable(in)) {
		if g.Role == string(role) {
			fqns = append(fqns, g.FQN)
		}
	}
	return fqns
}

func (s *stand) wantHeld(in Securable, role Role, fqns ...string) {
	s.t.Helper()
	got := s.held(in, role)
	slices.Sort(got)
	slices.Sort(fqns)
	if !slices.Equal(got, fqns) {
		s.t.Errorf("%s of %s are\n%s\nwant\n%s", role, in, strings.Join(got, "\n"), strings.Join(fqns, "\n"))
	}
}

// failOnce puts faults in the way of the next commands, one each.
func (s *stand) failOnce(faults ...emulator.Fault) {
	var mu sync.Mutex
	s.remote.Intercept(func(emulator.Command) *emulator.Fault {
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

// waitingFor waits until n requests stand in the lines of the cluster.
func (s *stand) waitingFor(n int) {
	s.t.Helper()
	s.eventually(func() bool {
		s.writes.mu.Lock()
		defer s.writes.mu.Unlock()
		waiting := 0
		for _, q := range s.writes.queues {
			waiting += len(q.waiting)
		}
		return waiting == n
	}, fmt.Sprintf("%d requests in line", n))
}

// eventually yields until the condition holds.
func (s *stand) eventually(condition func() bool, what string) {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func database(name string) Securable { return Securable{Kind: Database, Database: name} }

func kind(slug string) *Kind {
	i := slices.IndexFunc(Kinds, func(k *Kind) bool { return k.Slug == slug })
	return Kinds[i]
}

func entity(slug, name string) Securable {
	return Securable{Kind: kind(slug), Database: "Samples", Name: name}
}

func remoteSecurable(s Securable) emulator.Securable {
	return emulator.Securable{Kind: s.Kind.Keyword, Database: s.Database, Entity: s.Name}
}

// minter is a credential that signs in as a principal of the emulator.
type minter struct {
	principal *emulator.Principal
	// fail, if set, is asked before each token is made.
	fail func() error

	mu        sync.Mutex
	token     string
	scopes    []string
	refreshed int
	made      int
}

func (m *minter) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scopes = append(m.scopes, o.Scopes...)
	if m.fail != nil {
		if err := m.fail(); err != nil {
			return azcore.AccessToken{}, err
		}
	}
	if m.token == "" {
		m.made++
		m.token = emu.AppToken(m.principal, strings.TrimSuffix(o.Scopes[0], "/.default"), time.Hour)
	}
	return azcore.AccessToken{Token: m.token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (m *minter) Refresh() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token = ""
	m.refreshed++
}

// counts are how many tokens were made and how often one was thrown away.
func (m *minter) counts() (made, refreshed int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.made, m.refreshed
}

func must(fqn string) FQN {
	f, err := ParseFQN(fqn)
	if err != nil {
		panic(fqn + ": " + err.Error())
	}
	return f
}

// resolvedAt is a made-up principal in the resolved form.
func resolvedAt(n int) FQN {
	return FQN{Type: App, ID: fmt.Sprintf("00000000-0000-4000-9000-%012x", n), Tenant: emulator.ContosoTenantID}
}

// newApp is an application that no other test knows.
func newApp(name string) *emulator.Principal {
	return emu.Directory().AddApp("contoso.com", fmt.Sprintf("%s %d", name, standCount.Add(1)))
}

func wantKind(t *testing.T, err error, want ErrorKind) *Error {
	t.Helper()
	e, ok := err.(*Error) //nolint:errorlint // the package promises the very type
	if !ok || e.Kind != want {
		t.Fatalf("error is %#v (%v), want kind %d", err, err, want)
	}
	return e
}
