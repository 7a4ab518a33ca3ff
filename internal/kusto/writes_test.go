package kusto

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func newApps(n int) []*emulator.Principal {
	apps := make([]*emulator.Principal, n)
	for i := range apps {
		apps[i] = newApp("app")
	}
	return apps
}

func fqnsOf(principals []*emulator.Principal) []string {
	fqns := make([]string, len(principals))
	for i, p := range principals {
		fqns[i] = p.FQN()
	}
	return fqns
}

// gathered sends one write, and while it is held has all the others wait in
// line, so that they go together.
func gathered[T any](s *stand, first func() (T, error), others ...func() (T, error)) (results []result[T]) {
	s.t.Helper()
	gate := s.remote.Hold(nil)
	defer gate.Release()
	leading := later(first)
	<-gate.Waiting()
	waiting := make([]<-chan result[T], len(others))
	for i, do := range others {
		waiting[i] = later(do)
		s.waitingFor(i + 1) // one after another, so that their order is known
	}
	gate.Release()
	results = append(results, <-leading)
	for _, w := range waiting {
		results = append(results, <-w)
	}
	return results
}

func (s *stand) add(in Securable, role Role, fqn string, notes *string) func() (*Grant, error) {
	return func() (*Grant, error) { return s.Add(s.t.Context(), in, role, must(fqn), notes) }
}

func (s *stand) drop(in Securable, role Role, fqn string, allowLockout bool) func() (struct{}, error) {
	return func() (struct{}, error) {
		return struct{}{}, s.Drop(s.t.Context(), in, role, must(fqn), allowLockout)
	}
}

func TestWrites_gatherWhileACommandIsInFlight(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	apps := newApps(30)
	var adds []func() (*Grant, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), nil))
	}
	for i, r := range gathered(s, adds[0], adds[1:]...) {
		if r.err != nil || fqnOf(r.value) != apps[i].FQN() {
			t.Errorf("%s: %v, %v", apps[i].FQN(), r.value, r.err)
		}
	}
	s.wantSent("", 2)
	s.wantHeld(s.db, Viewers, fqnsOf(apps)...)
	var drops []func() (struct{}, error)
	for _, p := range apps {
		drops = append(drops, s.drop(s.db, Viewers, p.FQN(), false))
	}
	for _, r := range gathered(s, drops[0], drops[1:]...) {
		if r.err != nil {
			t.Error(r.err)
		}
	}
	s.wantSent("", 4)
	s.wantHeld(s.db, Viewers)
	s.eventually(func() bool {
		s.writes.mu.Lock()
		defer s.writes.mu.Unlock()
		return len(s.writes.queues) == 0
	}, "the lines to be gone")
}

func TestWrites_goOnlyWithTheirLike(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.remote.Database("Samples").AddTable("T")
	a, b, none := "a", "b", ""
	gate := s.remote.Hold(nil)
	defer gate.Release()
	var waiting []<-chan result[*Grant]
	for _, do := range []func() (*Grant, error){
		s.add(s.db, Viewers, "aaduser=alice@contoso.com", nil), s.add(s.db, Viewers, "aaduser=bob@contoso.com", &a),
		s.add(s.db, Viewers, "aaduser=sam.lee@contoso.com", &b), s.add(s.db, Users, "aaduser=alice@contoso.com", nil),
		s.add(entity("table", "T"), Ingestors, "aaduser=alice@contoso.com", nil),
	} {
		waiting = append(waiting, later(do))
	}
	for range waiting {
		<-gate.Waiting()
	}
	second := later(s.add(database("SAMPLES"), Viewers, "aaduser=sam.lee2@contoso.com", &a))
	third := later(s.add(s.db, Viewers, "aaduser=erin@fabrikam.com", &none)) // no notes is as good as none
	s.waitingFor(2)
	gate.Release()
	for _, w := range append(waiting, second, third) {
		if r := <-w; r.err != nil {
			t.Error(r.err)
		}
	}
	s.wantSent("", 7+len(s.sent(".show"))) // which row is Erin's takes asking
	for _, g := range s.remote.Grants(remoteSecurable(s.db)) {
		want := map[string]string{"bob@contoso.com": "a", "sam.lee2@contoso.com": "a", "sam.lee@contoso.com": "b"}[upnOf(g.FQN)]
		if g.Notes != want {
			t.Errorf("%s has the notes %q, want %q", upnOf(g.FQN), g.Notes, want)
		}
	}
}

func upnOf(fqn string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(fqn, "aaduser="), ";")
	return emu.Directory().Must(id).UPN
}

func TestWrites_sendEachPrincipalOnce(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	alice := emu.Directory().MustUser("alice@contoso.com")
	results := gathered(s, s.add(s.db, Viewers, newApp("first").FQN(), nil),
		s.add(s.db, Viewers, "aaduser=alice@contoso.com", nil), s.add(s.db, Viewers, "AADUSER=Alice@contoso.com;contoso.com", nil),
		s.add(s.db, Viewers, alice.FQN(), nil))
	for _, r := range results[1:] {
		if r.err != nil || fqnOf(r.value) != alice.FQN() {
			t.Errorf("%v, %v", r.value, r.err)
		}
	}
	if got := s.remote.Commands()[1].Principals; len(got) != 2 {
		t.Errorf("%v were sent; want the UPN once and the id once", got)
	}
}

func TestWrites_boundABatch(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	apps := newApps(mostInBatch + 2)
	var adds []func() (*Grant, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), nil))
	}
	for _, r := range gathered(s, adds[0], adds[1:]...) {
		if r.err != nil {
			t.Fatal(r.err)
		}
	}
	var sizes []int
	for _, c := range s.remote.Commands() {
		sizes = append(sizes, len(c.Principals))
	}
	if !slices.Equal(sizes, []int{1, mostInBatch, 1}) {
		t.Errorf("commands of %v principals", sizes)
	}
}

// failing are the results that failed, by position.
func failing[T any](results []result[T]) (positions []int) {
	for i, r := range results {
		if r.err != nil {
			positions = append(positions, i)
		}
	}
	return positions
}

func TestWrites_failAloneByName(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	apps := newApps(9)
	stranger := resolvedAt(7)
	// The one that nobody knows gives up as soon as it is on its own.
	s.notifyFunc = func(_ context.Context, e Event) {
		if e.Kind == PrincipalNotFound {
			cancel()
		}
	}
	adds := make([]func() (*Grant, error), 0, len(apps)+1)
	for i, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), nil))
		if i == 4 {
			adds = append(adds, func() (*Grant, error) { return s.Add(ctx, s.db, Viewers, stranger, nil) })
		}
	}
	results := gathered(s, adds[0], adds[1:]...)
	if got := failing(results); !slices.Equal(got, []int{5}) {
		t.Fatalf("%v failed, want the sixth", got)
	}
	if e := wantKind(t, results[5].err, PrincipalNotFound); e.Subject != stranger.ID || e.TimeUp == nil {
		t.Errorf("%#v", e)
	}
	s.wantHeld(s.db, Viewers, fqnsOf(apps)...)
	s.wantSent("", 3) // the first, all the others, all but the one
}

func TestWrites_doNotWaitForOnesPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	apps := newApps(4)
	emu.Directory().HideFor(apps[2], 6)
	var adds []func() (*Grant, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), nil))
	}
	if got := failing(gathered(s, adds[0], adds[1:]...)); got != nil {
		t.Errorf("%v failed", got)
	}
	s.wantHeld(s.db, Viewers, fqnsOf(apps)...)
	for _, c := range s.remote.Commands()[3:] {
		if len(c.Principals) != 1 && c.Status != 200 {
			t.Errorf("%s waits with others", c.Text)
		}
	}
}

func TestWrites_halveWhenTheErrorNamesNoOne(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	apps := newApps(17)
	bad := apps[11].FQN()
	s.remote.Intercept(func(c emulator.Command) *emulator.Fault {
		if slices.Contains(c.Principals, bad) {
			return &emulator.Fault{Kind: emulator.Custom, Status: 400, Body: `{"error":{"@message":"Someone here is not to my liking.","@permanent":true}}`}
		}
		return nil
	})
	var adds []func() (*Grant, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), nil))
	}
	results := gathered(s, adds[0], adds[1:]...)
	if got := failing(results); !slices.Equal(got, []int{11}) {
		t.Fatalf("%v failed, want the twelfth", got)
	}
	wantKind(t, results[11].err, Unknown)
	s.wantSent("", 10) // 1, 16, and two for each halving
	s.wantHeld(s.db, Viewers, slices.Concat(fqnsOf(apps[:11]), fqnsOf(apps[12:]))...)
}

func TestWrites_failTogetherWhenNoOneIsToBlame(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	var adds []func() (*Grant, error)
	for _, p := range newApps(5) {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), nil))
	}
	s.remote.Intercept(func(emulator.Command) *emulator.Fault { return &emulator.Fault{Kind: emulator.Forbidden} })
	for _, r := range gathered(s, adds[0], adds[1:]...) {
		wantKind(t, r.err, Forbidden)
	}
	s.wantSent("", 2)
}

func TestDrop_ofWhatIsNotThereIsDone(t *testing.T) {
	t.Parallel()
	for _, isError := range []bool{false, true} {
		t.Run(fmt.Sprintf("an error for the service: %t", isError), func(t *testing.T) {
			t.Parallel()
			s := newStand(t, func(o *standOptions) { o.Behaviour.DropAbsentIsError = isError })
			for _, fqn := range []string{newApp("absent").FQN(), "aaduser=bob@contoso.com", resolvedAt(1).String(), "aaduser=nobody@contoso.com"} {
				if err := s.Drop(t.Context(), s.db, Viewers, must(fqn), false); err != nil {
					t.Errorf("%s: %v", fqn, err)
				}
			}
			if err := s.Drop(t.Context(), entity("table", "gone"), Admins, resolvedAt(1), false); err != nil {
				t.Errorf("of a table that is not there: %v", err)
			}
			if err := s.Drop(t.Context(), database("gone"), Viewers, resolvedAt(1), false); err != nil {
				t.Errorf("of a database that is not there: %v", err)
			}
		})
	}
}

// Someone else may have revoked what this process has read as there.
func TestDrop_looksAnewBeforeItSaysThatItFailed(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Behaviour.DropAbsentIsError = true })
	app := newApp("revoked elsewhere")
	s.grant(s.db, Viewers, app)
	s.mustPicture(s.db)
	s.remote.Revoke(remoteSecurable(s.db), "viewers", app)
	if err := s.Drop(t.Context(), s.db, Viewers, must(app.FQN()), false); err != nil {
		t.Error(err)
	}
}

func TestDrop_inABatchFailsOnlyForWhatStays(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Behaviour.DropAbsentIsError = true })
	apps := newApps(40)
	s.grant(s.db, Viewers, apps[:20]...)
	var drops []func() (struct{}, error)
	for _, p := range apps {
		drops = append(drops, s.drop(s.db, Viewers, p.FQN(), false))
	}
	drops = append(drops, s.drop(s.db, Viewers, resolvedAt(3).String(), false), s.drop(s.db, Viewers, "aaduser=nobody@contoso.com", false))
	if got := failing(gathered(s, drops[0], drops[1:]...)); got != nil {
		t.Errorf("%v failed", got)
	}
	s.wantHeld(s.db, Viewers)
	if n := len(s.remote.Commands()); n > 6 {
		t.Errorf("%d commands, want a handful however many are absent", n)
	}
}

func TestDrop_inABatchOfATableThatWentIsDone(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	table := entity("table", "T")
	s.remote.Database("Samples").AddTable("T")
	apps := newApps(3)
	s.grant(table, Ingestors, apps...)
	gate := s.remote.Hold(nil)
	defer gate.Release()
	var done []<-chan result[struct{}]
	done = append(done, later(s.drop(table, Ingestors, apps[0].FQN(), false)))
	<-gate.Waiting()
	for _, p := range apps[1:] {
		done = append(done, later(s.drop(table, Ingestors, p.FQN(), false)))
	}
	s.waitingFor(2)
	s.remote.Database("Samples").Remove("table", "T")
	gate.Release()
	for _, d := range done {
		if r := <-d; r.err != nil {
			t.Error(r.err)
		}
	}
}

func TestDrop_saysWhenTheGrantStays(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	app := newApp("workspace member")
	s.grant(s.db, Viewers, app)
	s.remote.Intercept(func(c emulator.Command) *emulator.Fault {
		if c.Verb != ".drop" {
			return nil
		}
		return &emulator.Fault{Kind: emulator.Custom, Status: 200, Body: `{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"Role","ColumnType":"string"},` +
			`{"ColumnName":"PrincipalFQN","ColumnType":"string"},{"ColumnName":"PrincipalDisplayName","ColumnType":"string"}],"Rows":[["Database Samples Viewer","` + app.FQN() + `","member"]]}]}`}
	})
	e := wantKind(t, s.Drop(t.Context(), s.db, Viewers, must(app.FQN()), false), NotApplied)
	if !strings.Contains(e.Error(), `still lists member among the viewers of database "Samples"`) {
		t.Error(e)
	}
}

func TestAdd_saysWhenTheListDoesNotShowIt(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.remote.Intercept(func(emulator.Command) *emulator.Fault {
		return &emulator.Fault{Kind: emulator.Custom, Status: 200, Body: `{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"Role","ColumnType":"string"}],"Rows":[]}]}`}
	})
	_, err := s.Add(t.Context(), s.db, Viewers, resolvedAt(1), nil)
	wantKind(t, err, NotApplied)
}
