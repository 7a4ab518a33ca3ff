// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestPrincipals_isOneCommandForAllCallers(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	gate := s.remote.Hold(nil)
	defer gate.Release()
	const readers = 50
	lists := make([]<-chan result[*PrincipalList], readers)
	for i := range lists {
		in := s.db
		if i%2 == 1 {
			in = database("SAMPLES")
		}
		lists[i] = later(func() (*PrincipalList, error) { return s.Principals(t.Context(), in) })
	}
	<-gate.Waiting()
	gate.Release()
	var shared *PrincipalList
	for _, p := range lists {
		got := <-p
		if got.err != nil || shared != nil && got.value != shared {
			t.Fatalf("%p, %v; want the list %p", got.value, got.err, shared)
		}
		shared = got.value
	}
	if again := s.mustList(s.db); again != shared {
		t.Error("a later caller sent another command")
	}
	s.wantSent("", 1)
}

func TestPrincipals_isTheAnswerOfTheLastWrite(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	before := s.mustList(s.db)
	alice := must("aaduser=alice@contoso.com")
	r, err := s.AddPrincipal(t.Context(), s.db, Viewers, alice, "")
	if err != nil {
		t.Fatal(err)
	}
	g := r.Grant
	after := s.mustList(s.db)
	if after.Find(Viewers, g.Principal) == nil || after == before {
		t.Error("the list does not show the write")
	}
	if err := s.setRole(t.Context(), s.db, Users, alice); err != nil {
		t.Fatal(err)
	}
	if fresh, err := s.CurrentPrincipals(t.Context(), s.db); err != nil || len(fresh.Direct(Users)) != 1 {
		t.Errorf("%v, %v", fresh, err)
	}
	s.wantSent(".show", 1)
}

func TestPrincipals_staysValidAfterARefusedWrite(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	before := s.mustList(s.db)
	s.failOnce(kusto.Fault{Kind: kusto.Forbidden})
	if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), ""); !errors.Is(err, mgmt.ErrForbidden) {
		t.Fatal(err)
	}
	if fresh, err := s.CurrentPrincipals(t.Context(), s.db); err != nil || fresh != before {
		t.Errorf("sent another command after a refused write: %v", err)
	}
}

func TestPrincipals_isInvalidAfterAWriteWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Finish = 1 })
	s.mustList(s.db)
	ctx, cancel := context.WithCancel(t.Context())
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if c.Verb != ".add" {
			return nil
		}
		defer cancel()
		return &kusto.Fault{Kind: kusto.CutAfter} // executed, and nobody heard of it
	})
	app := newApp("unheard")
	if r := <-s.adding(ctx, app); r.err == nil {
		t.Fatal("the add came back")
	}
	s.eventually(func() bool { return len(s.held(s.db, Viewers)) == 1 }, "the grant")
	if s.mustList(s.db).Find(Viewers, must(app.FQN())) == nil {
		t.Error("the list is older than the write")
	}
}

func TestPrincipals_isInvalidAfterWritesThatCross(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.mustList(s.db)
	gate := s.remote.Hold(nil)
	defer gate.Release()
	viewer := later(func() (Match, error) {
		return s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
	})
	user := later(func() (Match, error) {
		return s.AddPrincipal(t.Context(), s.db, Users, must("aaduser=bob@contoso.com"), "")
	})
	<-gate.Waiting()
	<-gate.Waiting()
	gate.Release()
	if a, b := <-viewer, <-user; a.err != nil || b.err != nil {
		t.Fatal(a.err, b.err)
	}
	p := s.mustList(s.db)
	if len(p.Direct(Viewers)) != 1 || len(p.Direct(Users)) != 1 {
		t.Errorf("the list shows %d viewers and %d users", len(p.Direct(Viewers)), len(p.Direct(Users)))
	}
	s.wantSent(".show", 2)
}

// A write that waits between tries does not cross others.
func TestPrincipals_staysValidWhileAPrincipalIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Waits.PropagationInitial, o.Waits.PropagationMax = 1e12, 1e12 })
	s.mustList(s.db)
	ctx, cancel := context.WithCancel(t.Context())
	late := newApp("late")
	emu.Directory().HideFor(late, 1000)
	waiting := s.adding(ctx, late)
	s.eventually(func() bool { return len(s.paused()) == 1 }, "the pause")
	if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), ""); err != nil {
		t.Fatal(err)
	}
	if p := s.mustList(s.db); len(p.Direct(Viewers)) != 1 {
		t.Error("the list does not show the other write")
	}
	s.wantSent(".show", 1)
	cancel()
	wantReason(t, (<-waiting).err, mgmt.ErrPrincipalNotFound)
}

func TestCurrentPrincipals_seesWritesToOtherSecurables(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.Database("Samples").AddTable("T")
	table := entity("table", "T")
	before := s.mustList(table)
	if again, err := s.CurrentPrincipals(t.Context(), table); err != nil || again != before {
		t.Errorf("sent another command without a write: %v", err)
	}
	if _, err := s.AddPrincipal(t.Context(), s.db, Admins, must("aaduser=alice@contoso.com"), ""); err != nil {
		t.Fatal(err)
	}
	if again := s.mustList(table); again != before {
		t.Error("Principals sent another command")
	}
	fresh, err := s.CurrentPrincipals(t.Context(), table)
	if err != nil || len(fresh.Grants) != len(before.Grants)+1 {
		t.Errorf("%d rows, %v; want the database's new admin among them", len(fresh.Grants), err)
	}
}

func TestPrincipals_repeatsARefusalUntilAWrite(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	table := entity("table", "T")
	for range 3 {
		_, err := s.Principals(t.Context(), table)
		wantReason(t, err, mgmt.ErrSecurableNotFound)
	}
	s.wantSent(".show", 1)
	s.remote.Database("Samples").AddTable("T")
	if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), ""); err != nil {
		t.Fatal(err)
	}
	s.mustList(table)
	s.wantSent(".show", 2)
}

func TestPrincipals_doesNotCacheOtherFailures(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.failOnce(kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `{"error":{"@message":"hiccup"}}`})
	_, err := s.Principals(t.Context(), s.db)
	wantReason(t, err, mgmt.ErrRefused)
	s.mustList(s.db)
}

func TestClient_boundsConcurrentCommands(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	const databases = 3 * mgmt.MaxConcurrentCommands
	gate := s.remote.Hold(nil)
	defer gate.Release()
	reading := make([]<-chan result[*PrincipalList], databases)
	for i := range reading {
		name := "DB" + string(rune('A'+i))
		s.remote.AddDatabase(name)
		reading[i] = later(func() (*PrincipalList, error) { return s.Principals(t.Context(), database(name)) })
	}
	for range mgmt.MaxConcurrentCommands {
		<-gate.Waiting()
	}
	gate.Release()
	for _, r := range reading {
		if got := <-r; got.err != nil {
			t.Error(got.err)
		}
	}
	if peak := s.remote.InFlightPeak(); peak != mgmt.MaxConcurrentCommands {
		t.Errorf("%d commands were in flight at once, want %d", peak, mgmt.MaxConcurrentCommands)
	}
}

func TestPrincipals_outlastsTheCallerThatSentTheCommand(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	first := later(func() (*PrincipalList, error) { return s.Principals(ctx, s.db) })
	<-gate.Waiting()
	second := later(func() (*PrincipalList, error) { return s.Principals(t.Context(), s.db) })
	cancel()
	wantReason(t, (<-first).err, mgmt.ErrInterrupted)
	<-gate.Waiting() // the second caller's own command
	gate.Release()
	if got := <-second; got.err != nil || got.value == nil {
		t.Errorf("%v, %v", got.value, got.err)
	}
}

// The names of two securables may be the same text once they are joined.
func TestPrincipals_ofTwoSecurablesAreTwoReads(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	tables := []Securable{{Type: entity("table", "").Type, Database: "sales", Name: "eu orders"}, {Type: entity("table", "").Type, Database: "sales eu", Name: "orders"}}
	gate := s.remote.Hold(nil)
	defer gate.Release()
	var reading []<-chan result[*PrincipalList]
	for _, table := range tables {
		s.remote.AddDatabase(table.Database).AddTable(table.Name)
		reading = append(reading, later(func() (*PrincipalList, error) { return s.Principals(t.Context(), table) }))
		<-gate.Waiting()
	}
	gate.Release()
	for i, r := range reading {
		if got := <-r; got.err != nil || got.value.Securable != tables[i] {
			t.Errorf("the list of %s is %+v", tables[i], got)
		}
	}
}
