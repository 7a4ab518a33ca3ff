// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func newApps(n int) []*entra.Principal {
	apps := make([]*entra.Principal, n)
	for i := range apps {
		apps[i] = newApp("app")
	}
	return apps
}

func heldBy(principals []*entra.Principal) []string {
	fqns := make([]string, len(principals))
	for i, p := range principals {
		fqns[i] = p.FQN()
	}
	return fqns
}

// gathered sends one write, and while it is held has all the others wait in
// line, so that they go together.
func gathered[T any](s *testCluster, first func() (T, error), others ...func() (T, error)) (results []result[T]) {
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

func (s *testCluster) add(in Securable, role Role, fqn string, notes string) func() (Match, error) {
	return func() (Match, error) { return s.AddPrincipal(s.t.Context(), in, role, must(fqn), notes) }
}

func (s *testCluster) drop(in Securable, role Role, fqn string, allowLockout bool) func() (struct{}, error) {
	return func() (struct{}, error) {
		return struct{}{}, s.dropErr(s.t.Context(), in, role, must(fqn), allowLockout)
	}
}

func TestWrites_gatherWhileACommandIsInFlight(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	apps := newApps(30)
	var adds []func() (Match, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), ""))
	}
	for i, r := range gathered(s, adds[0], adds[1:]...) {
		if r.err != nil || fqnOf(r.value.Grant) != apps[i].FQN() {
			t.Errorf("%s: %v, %v", apps[i].FQN(), r.value, r.err)
		}
	}
	s.wantSent("", 2)
	s.wantHeld(s.db, Viewers, heldBy(apps)...)
	s.nextRun()
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
}

func TestWrites_goOnlyWithTheirLike(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.Database("Samples").AddTable("T")
	gate := s.remote.Hold(nil)
	defer gate.Release()
	var waiting []<-chan result[Match]
	add := func(in Securable, role Role, fqn, notes string) {
		waiting = append(waiting, later(s.add(in, role, fqn, notes)))
	}
	// Three roles, so three commands at the same time.
	add(s.db, Viewers, "aaduser=alice@contoso.com", "")
	add(s.db, Users, "aaduser=alice@contoso.com", "")
	add(entity("table", "T"), Ingestors, "aaduser=alice@contoso.com", "")
	for range 3 {
		<-gate.Waiting()
	}
	add(s.db, Viewers, "aaduser=bob@contoso.com", "a")
	add(s.db, Viewers, "aaduser=sam.lee@contoso.com", "b")
	add(database("SAMPLES"), Viewers, "aaduser=sam.lee2@contoso.com", "a")
	s.waitingFor(3)
	gate.Release()
	for _, w := range waiting {
		if r := <-w; r.err != nil {
			t.Error(r.err)
		}
	}
	s.wantSent("", 5)
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
	s := newTestCluster(t)
	alice := emu.Directory().MustUser("alice@contoso.com")
	results := gathered(s, s.add(s.db, Viewers, newApp("first").FQN(), ""),
		s.add(s.db, Viewers, "aaduser=alice@contoso.com", ""), s.add(s.db, Viewers, "AADUSER=Alice@contoso.com;contoso.com", ""),
		s.add(s.db, Viewers, alice.FQN(), ""))
	for _, r := range results[1:] {
		if r.err != nil || fqnOf(r.value.Grant) != alice.FQN() {
			t.Errorf("%v, %v", r.value, r.err)
		}
	}
	if got := s.remote.Commands()[1].Principals; len(got) != 2 {
		t.Errorf("%v were sent; want the UPN once and the id once", got)
	}
}

func TestWrites_boundABatch(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	apps := newApps(maxPrincipals + 2)
	var adds []func() (Match, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), ""))
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
	if !slices.Equal(sizes, []int{1, maxPrincipals, 1}) {
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
	s := newTestCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	apps := newApps(9)
	unknown := resolvedAt(7)
	// The one that nobody knows gives up as soon as it is on its own.
	s.onPause = func(e mgmt.Event) {
		if errors.Is(e.Err, mgmt.ErrPrincipalNotFound) {
			cancel()
		}
	}
	adds := make([]func() (Match, error), 0, len(apps)+1)
	for i, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), ""))
		if i == 4 {
			adds = append(adds, func() (Match, error) { return s.AddPrincipal(ctx, s.db, Viewers, unknown, "") })
		}
	}
	results := gathered(s, adds[0], adds[1:]...)
	if got := failing(results); !slices.Equal(got, []int{5}) {
		t.Fatalf("%v failed, want the sixth", got)
	}
	if e := wantReason(t, results[5].err, mgmt.ErrPrincipalNotFound); e.Subject != unknown.ID || e.TimeUp == nil {
		t.Errorf("%#v", e)
	}
	s.wantHeld(s.db, Viewers, heldBy(apps)...)
	s.wantSent("", 3) // the first, all the others, all but the one
}

func TestWrites_doNotWaitForOnesPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	apps := newApps(4)
	emu.Directory().HideFor(apps[2], 6)
	var adds []func() (Match, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), ""))
	}
	if got := failing(gathered(s, adds[0], adds[1:]...)); got != nil {
		t.Errorf("%v failed", got)
	}
	s.wantHeld(s.db, Viewers, heldBy(apps)...)
	for _, c := range s.remote.Commands()[3:] {
		if len(c.Principals) != 1 && c.Status != 200 {
			t.Errorf("%s waits with others", c.Text)
		}
	}
}

func TestWrites_areSentApartWhenTheErrorNamesNoPrincipal(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	apps := newApps(17)
	bad := apps[11].FQN()
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if slices.Contains(c.Principals, bad) {
			return &kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `{"error":{"@message":"Someone here is not to my liking.","@permanent":true}}`}
		}
		return nil
	})
	var adds []func() (Match, error)
	for _, p := range apps {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), ""))
	}
	results := gathered(s, adds[0], adds[1:]...)
	if got := failing(results); !slices.Equal(got, []int{11}) {
		t.Fatalf("%v failed, want the twelfth", got)
	}
	wantReason(t, results[11].err, mgmt.ErrRefused)
	s.wantSent(".add", 18) // the first, the other 16, and each of them
	s.wantHeld(s.db, Viewers, slices.Concat(heldBy(apps[:11]), heldBy(apps[12:]))...)
}

func TestWrites_failTogetherWhenNoOneIsToBlame(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	var adds []func() (Match, error)
	for _, p := range newApps(5) {
		adds = append(adds, s.add(s.db, Viewers, p.FQN(), ""))
	}
	s.remote.Intercept(func(kusto.Command) *kusto.Fault { return &kusto.Fault{Kind: kusto.Forbidden} })
	for _, r := range gathered(s, adds[0], adds[1:]...) {
		wantReason(t, r.err, mgmt.ErrForbidden)
	}
	s.wantSent(".add", 2)
}

func TestDrop_ofWhatIsNotThereIsDone(t *testing.T) {
	t.Parallel()
	for _, isError := range []bool{false, true} {
		t.Run(fmt.Sprintf("an error for the service: %t", isError), func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropAbsentIsError = isError })
			for _, fqn := range []string{newApp("absent").FQN(), "aaduser=bob@contoso.com", resolvedAt(1).String(), "aaduser=nobody@contoso.com"} {
				if err := s.dropErr(t.Context(), s.db, Viewers, must(fqn), false); err != nil {
					t.Errorf("%s: %v", fqn, err)
				}
			}
			if err := s.dropErr(t.Context(), entity("table", "gone"), Admins, resolvedAt(1), false); err != nil {
				t.Errorf("of a table that is not there: %v", err)
			}
			if err := s.dropErr(t.Context(), database("gone"), Viewers, resolvedAt(1), false); err != nil {
				t.Errorf("of a database that is not there: %v", err)
			}
		})
	}
}

// Someone else may have revoked what this process has read as there.
func TestDrop_looksAnewBeforeItSaysThatItFailed(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropAbsentIsError = true })
	app := newApp("revoked elsewhere")
	s.grant(s.db, Viewers, app)
	s.mustList(s.db)
	s.remote.Revoke(remoteSecurable(s.db), "viewers", app)
	if err := s.dropErr(t.Context(), s.db, Viewers, must(app.FQN()), false); err != nil {
		t.Error(err)
	}
}

func TestDrop_inABatchFailsOnlyForWhatStays(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropAbsentIsError = true })
	apps := newApps(8)
	s.grant(s.db, Viewers, apps[:4]...)
	var drops []func() (struct{}, error)
	for _, p := range apps {
		drops = append(drops, s.drop(s.db, Viewers, p.FQN(), false))
	}
	drops = append(drops, s.drop(s.db, Viewers, resolvedAt(3).String(), false), s.drop(s.db, Viewers, "aaduser=nobody@contoso.com", false))
	if got := failing(gathered(s, drops[0], drops[1:]...)); got != nil {
		t.Errorf("%v failed", got)
	}
	s.wantHeld(s.db, Viewers)
	s.wantSent(".show database ", 1)
}

func TestDrop_inABatchOfATableThatWentIsDone(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
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
	s := newTestCluster(t, byDefault)
	app := newApp("workspace member")
	s.grant(s.db, Viewers, app)
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if c.Verb != ".drop" {
			return nil
		}
		return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: `{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"Role","ColumnType":"string"},` +
			`{"ColumnName":"PrincipalFQN","ColumnType":"string"},{"ColumnName":"PrincipalDisplayName","ColumnType":"string"}],"Rows":[["Database Samples Viewer","` + app.FQN() + `","member"]]}]}`}
	})
	e := wantReason(t, s.dropErr(t.Context(), s.db, Viewers, must(app.FQN()), false), ErrStillHeld)
	if !strings.Contains(e.Error(), app.DisplayName+` (app id: `+app.AppID+`) (`+app.FQN()+`) among the viewers of database "Samples"`) {
		t.Error(e)
	}
}

func TestAdd_saysWhenTheListDoesNotShowIt(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.Intercept(func(kusto.Command) *kusto.Fault {
		return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: `{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"Role","ColumnType":"string"},{"ColumnName":"PrincipalFQN","ColumnType":"string"}],"Rows":[]}]}`}
	})
	_, err := s.AddPrincipal(t.Context(), s.db, Viewers, resolvedAt(1), "")
	wantReason(t, err, ErrNotApplied)
	s.wantSent(".show", 1)
}

// The answer to a change may come from before it, or be none. The list decides: it is read once
// more, for all principals of the command.
func TestWrites_readTheListAgainIfTheAnswerDoesNotShowTheChange(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	alice, bob := d.MustUser("alice@contoso.com"), d.MustUser("bob@contoso.com")
	names := []FQN{must(alice.FQN()), must("aaduser=bob@contoso.com")}
	rowOf := func(p *entra.Principal) string { return `["Database Samples Viewer","` + p.FQN() + `"]` }
	columns := roleColumn + "," + fqnColumn
	for name, c := range map[string]struct {
		verb    string
		body    string
		applied bool
		do      func(*testCluster) error
		want    error
	}{
		"add, stale":      {".add", table(columns, ""), true, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers, names...) }, nil},
		"add, unreadable": {".add", "<html>", true, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers, names...) }, nil},
		"add one, stale": {".add", table(columns, ""), true, func(s *testCluster) error {
			_, err := s.AddPrincipal(t.Context(), s.db, Viewers, names[1], "")
			return err
		}, nil},
		"add one, unreadable": {".add", "<html>", true, func(s *testCluster) error {
			_, err := s.AddPrincipal(t.Context(), s.db, Viewers, names[1], "")
			return err
		}, nil},
		"add, not done and stale":       {".add", table(columns, ""), false, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers, names...) }, ErrNotApplied},
		"add, not done and unreadable":  {".add", "<html>", false, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers, names...) }, mgmt.ErrUnexpectedAnswer},
		"drop, stale":                   {".drop", table(columns, rowOf(alice)+","+rowOf(bob)), true, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers) }, nil},
		"drop, unreadable":              {".drop", "<html>", true, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers) }, nil},
		"drop one, stale":               {".drop", table(columns, rowOf(bob)), true, func(s *testCluster) error { return s.dropErr(t.Context(), s.db, Viewers, must(bob.FQN()), false) }, nil},
		"drop, not done and unreadable": {".drop", "<html>", false, func(s *testCluster) error { return s.setRole(t.Context(), s.db, Viewers) }, mgmt.ErrUnexpectedAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			if c.verb == ".drop" {
				s.grant(s.db, Viewers, alice, bob)
			}
			s.mustList(s.db)
			kind := kusto.Custom
			if c.applied {
				kind = kusto.CustomExecuted
			}
			s.remote.Intercept(func(sent kusto.Command) *kusto.Fault {
				if sent.Verb != c.verb {
					return nil
				}
				return &kusto.Fault{Kind: kind, Status: 200, Body: c.body}
			})
			if err := c.do(s); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			s.wantSent(".show database ['Samples'] principals", 2)
		})
	}
}

// The service takes 25 principals in its time, and the role ends with all 400.
func TestWrites_sendFewerPrincipalsAfterATimeout(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]kusto.Fault{
		"504":        {Kind: kusto.Custom, Status: 504, Body: "<html>"},
		"no answer":  {Kind: kusto.Slow, Delay: time.Minute},
		"executed":   {Kind: kusto.CustomExecuted, Status: 504, Body: "<html>"},
		"cancelled ": {Kind: kusto.Custom, Status: 408, Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Retry.Write = 300 * time.Millisecond })
			removed := newApps(60)
			s.grant(s.db, Viewers, removed...)
			s.mustList(s.db)
			s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
				if len(c.Principals) > 25 {
					return &fault
				}
				return nil
			})
			apps := newApps(400)
			if err := s.setRole(t.Context(), s.db, Viewers, fqns(apps...)...); err != nil {
				t.Fatal(err)
			}
			s.wantHeld(s.db, Viewers, heldBy(apps)...)
			tooLong := 0
			for _, c := range s.remote.Commands() {
				if len(c.Principals) > 25 {
					tooLong++
				}
			}
			if tooLong > 4 {
				t.Errorf("%d commands took too long", tooLong)
			}
		})
	}
}

// A grant that another resource declares by another name is not dropped while the rows cannot be
// read.
func TestDrop_sendsNothingWhileItIsUnknownWhoseTheGrantIs(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]kusto.Fault{
		"403": {Kind: kusto.Forbidden}, "unreadable": {Kind: kusto.Custom, Status: 200, Body: "<html>"}, "503": {Kind: kusto.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			alice := emu.Directory().MustUser("alice@contoso.com")
			s.grant(s.db, Viewers, alice)
			s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
				if c.Verb == ".show" {
					return &fault
				}
				return nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			keep := func(g *Grant) bool { return g.Principal.Equal(must(alice.FQN())) }
			if _, err := s.Client.DropPrincipal(ctx, s.db, Viewers, must("aaduser=alice@contoso.com"), DropOptions{Keep: keep}); err == nil {
				t.Error("it counts as dropped")
			}
			s.wantHeld(s.db, Viewers, alice.FQN())
			s.wantSent(".drop", 0)
		})
	}
}
