package kusto

import (
	"context"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func (s *stand) membersOf(in Securable) int {
	s.reads.mu.Lock()
	defer s.reads.mu.Unlock()
	r := s.reads.readings[in.key()]
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	return r.crowd.members
}

func TestPicture_isReadOnceForAllWhoAsk(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	gate := s.remote.Hold(nil)
	defer gate.Release()
	const readers = 50
	pictures := make([]<-chan result[*Picture], readers)
	for i := range pictures {
		in := s.db
		if i%2 == 1 {
			in = database("SAMPLES")
		}
		pictures[i] = later(func() (*Picture, error) { return s.Picture(t.Context(), in) })
	}
	<-gate.Waiting()
	s.eventually(func() bool { return s.membersOf(s.db) == readers }, "all readers")
	gate.Release()
	var shared *Picture
	for _, p := range pictures {
		got := <-p
		if got.err != nil || shared != nil && got.value != shared {
			t.Fatalf("%p, %v; want the one picture %p", got.value, got.err, shared)
		}
		shared = got.value
	}
	if again := s.mustPicture(s.db); again != shared {
		t.Error("a later caller read anew")
	}
	s.wantSent("", 1)
}

func TestPicture_isWhatAWriteAnswered(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	before := s.mustPicture(s.db)
	alice := must("aaduser=alice@contoso.com")
	g, err := s.Add(t.Context(), s.db, Viewers, alice, nil)
	if err != nil {
		t.Fatal(err)
	}
	after := s.mustPicture(s.db)
	if _, found := after.Find(Viewers, g.Principal); !found || after == before {
		t.Error("the picture does not hold what was written")
	}
	if err := s.Drop(t.Context(), s.db, Viewers, g.Principal, false); err != nil {
		t.Fatal(err)
	}
	if _, found := s.mustPicture(s.db).Find(Viewers, g.Principal); found {
		t.Error("the picture holds what was dropped")
	}
	if _, err := s.Set(t.Context(), s.db, Users, []FQN{alice}, false); err != nil {
		t.Fatal(err)
	}
	if fresh, err := s.Fresh(t.Context(), s.db); err != nil || len(fresh.Direct(Users)) != 1 {
		t.Errorf("%v, %v", fresh, err)
	}
	s.wantSent(".show", 1)
}

func TestPicture_isLeftAloneByARefusedWrite(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	before := s.mustPicture(s.db)
	s.failOnce(emulator.Fault{Kind: emulator.Forbidden})
	if _, err := s.Add(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), nil); KindOf(err) != Forbidden {
		t.Fatal(err)
	}
	if fresh, err := s.Fresh(t.Context(), s.db); err != nil || fresh != before {
		t.Errorf("read anew for nothing: %v", err)
	}
}

func TestPicture_isReadAnewAfterAWriteOfUnknownEnd(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Pauses.Finish = 1 })
	s.mustPicture(s.db)
	ctx, cancel := context.WithCancel(t.Context())
	s.remote.Intercept(func(c emulator.Command) *emulator.Fault {
		if c.Verb != ".add" {
			return nil
		}
		defer cancel()
		return &emulator.Fault{Kind: emulator.CutAfter} // executed, and nobody heard of it
	})
	app := newApp("unheard")
	if r := <-s.adding(ctx, app); r.err == nil {
		t.Fatal("the add came back")
	}
	s.eventually(func() bool { return len(s.held(s.db, Viewers)) == 1 }, "the grant")
	if _, found := s.mustPicture(s.db).Find(Viewers, must(app.FQN())); !found {
		t.Error("the picture is older than the write")
	}
}

func TestPicture_isReadAnewWhenWritesCross(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.mustPicture(s.db)
	gate := s.remote.Hold(nil)
	defer gate.Release()
	viewer := later(func() (*Grant, error) {
		return s.Add(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), nil)
	})
	user := later(func() (*Grant, error) { return s.Add(t.Context(), s.db, Users, must("aaduser=bob@contoso.com"), nil) })
	<-gate.Waiting()
	<-gate.Waiting()
	gate.Release()
	if a, b := <-viewer, <-user; a.err != nil || b.err != nil {
		t.Fatal(a.err, b.err)
	}
	p := s.mustPicture(s.db)
	if len(p.Direct(Viewers)) != 1 || len(p.Direct(Users)) != 1 {
		t.Errorf("the picture holds %d viewers and %d users", len(p.Direct(Viewers)), len(p.Direct(Users)))
	}
	s.wantSent(".show", 2)
}

// A write that pauses between tries is not under way: the others' answers count.
func TestPicture_isKeptWhileALatePrincipalIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Pauses.LateFirst, o.Pauses.LateLongest = 1e12, 1e12 })
	s.mustPicture(s.db)
	ctx, cancel := context.WithCancel(t.Context())
	late := newApp("late")
	emu.Directory().HideFor(late, 1000)
	waiting := s.adding(ctx, late)
	s.eventually(func() bool { return len(s.paused()) == 1 }, "the pause")
	if _, err := s.Add(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), nil); err != nil {
		t.Fatal(err)
	}
	if p := s.mustPicture(s.db); len(p.Direct(Viewers)) != 1 {
		t.Error("the picture does not hold what was written meanwhile")
	}
	s.wantSent(".show", 1)
	cancel()
	wantKind(t, (<-waiting).err, PrincipalNotFound)
}

func TestFresh_readsAnewAfterAWriteElsewhere(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.remote.Database("Samples").AddTable("T")
	table := entity("table", "T")
	before := s.mustPicture(table)
	if again, err := s.Fresh(t.Context(), table); err != nil || again != before {
		t.Errorf("read anew without a write: %v", err)
	}
	if _, err := s.Add(t.Context(), s.db, Admins, must("aaduser=alice@contoso.com"), nil); err != nil {
		t.Fatal(err)
	}
	if again := s.mustPicture(table); again != before {
		t.Error("Picture read anew")
	}
	fresh, err := s.Fresh(t.Context(), table)
	if err != nil || len(fresh.Grants) != len(before.Grants)+1 {
		t.Errorf("%d rows, %v; want the database's new admin among them", len(fresh.Grants), err)
	}
}

func TestPicture_keepsARefusalUntilAWrite(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	table := entity("table", "T")
	for range 3 {
		_, err := s.Picture(t.Context(), table)
		wantKind(t, err, SecurableNotFound)
	}
	s.wantSent(".show", 1)
	s.remote.Database("Samples").AddTable("T")
	if _, err := s.Add(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), nil); err != nil {
		t.Fatal(err)
	}
	s.mustPicture(table)
	s.wantSent(".show", 2)
}

func TestPicture_doesNotKeepAFailureOnTheWay(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.failOnce(emulator.Fault{Kind: emulator.Custom, Status: 400, Body: `{"error":{"@message":"hiccup"}}`})
	_, err := s.Picture(t.Context(), s.db)
	wantKind(t, err, Unknown)
	s.mustPicture(s.db)
}

func TestPicture_isReadAnewForWhoComesAsTheOthersLeave(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	left := later(func() (*Picture, error) { return s.Picture(ctx, s.db) })
	<-gate.Waiting()
	abandoned := s.reads.readings[s.db.key()]
	cancel()
	wantKind(t, (<-left).err, Interrupted)
	gate.Release()
	// As one who found the read just before its last asker left.
	s.reads.mu.Lock()
	s.reads.readings[s.db.key()] = abandoned
	s.reads.mu.Unlock()
	calls := 0
	_, err := s.picture(t.Context(), s.db, func(r *reading, writes int) bool {
		calls++
		return calls == 1 || r.keep(writes)
	})
	if err != nil || calls != 2 {
		t.Errorf("%v after %d looks", err, calls)
	}
}

func TestCluster_boundsTheCommandsInFlight(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	const databases = 3 * CommandsInFlight
	gate := s.remote.Hold(nil)
	defer gate.Release()
	reading := make([]<-chan result[*Picture], databases)
	for i := range reading {
		name := "DB" + string(rune('A'+i))
		s.remote.AddDatabase(name)
		reading[i] = later(func() (*Picture, error) { return s.Picture(t.Context(), database(name)) })
	}
	for range CommandsInFlight {
		<-gate.Waiting()
	}
	gate.Release()
	for _, r := range reading {
		if got := <-r; got.err != nil {
			t.Error(got.err)
		}
	}
	if peak := s.remote.InFlightPeak(); peak != CommandsInFlight {
		t.Errorf("%d commands were in flight at once, want %d", peak, CommandsInFlight)
	}
}
