package kusto

import (
	"slices"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func (s *stand) wantNotes(p *emulator.Principal, want string) {
	s.t.Helper()
	for _, g := range s.remote.Grants(remoteSecurable(s.db)) {
		if g.Role == string(Viewers) && g.FQN == p.FQN() {
			if g.Notes != want {
				s.t.Errorf("the notes are %q, want %q", g.Notes, want)
			}
			return
		}
	}
	s.t.Errorf("%s is not among the viewers", p.FQN())
}

func TestSetNotes_changesThemEitherWay(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{false, true} {
		s := newStand(t, func(o *standOptions) { o.Behaviour.AddKeepsNotes = keeps })
		app := newApp("noted")
		s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
		for _, notes := range []string{"new", "tab\t'quote' \"quote\" \\ é 😀\r\nline", "", "again"} {
			g, err := s.SetNotes(t.Context(), s.db, Viewers, must(app.FQN()), notes, false)
			if err != nil || g == nil || g.Notes != notes {
				t.Errorf("keeps %t: %v, %v; want the notes %q", keeps, g, err, notes)
			}
			s.wantNotes(app, notes)
		}
		want := 1
		if keeps {
			want = 4
		}
		s.wantSent(".drop", want)
	}
}

func TestSetNotes_doesNotLockOutOnTheWay(t *testing.T) {
	t.Parallel()
	s := guarded(t, emu.Directory().App("ci-deployer"))
	s.remote.SetBehaviour(emulator.Behaviour{AddKeepsNotes: true})
	deployer := emu.Directory().App("ci-deployer")
	_, err := s.SetNotes(t.Context(), s.db, Admins, must(deployer.FQN()), "new", false)
	wantKind(t, err, Lockout)
	s.wantHeld(s.db, Admins, deployer.FQN())
}

func TestAdd_leavesNotesAloneUnlessTold(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	app := newApp("noted")
	s.remote.Grant(remoteSecurable(s.db), "viewers", app, "by hand")
	if g, err := s.Add(t.Context(), s.db, Viewers, must(app.FQN()), nil); err != nil || g.Notes != "by hand" {
		t.Errorf("%v, %v", g, err)
	}
	s.wantNotes(app, "by hand")
}

func TestSet_makesTheWholeListInOneCommand(t *testing.T) {
	t.Parallel()
	for _, clears := range []bool{false, true} {
		s := newStand(t, func(o *standOptions) { o.Behaviour.SetClearsNotes = clears })
		apps := newApps(1000)
		stranger := newApp("stranger")
		s.grant(s.db, Viewers, stranger)
		s.remote.Grant(remoteSecurable(s.db), "viewers", apps[0], "kept?")
		list := make([]FQN, 0, len(apps)+1)
		for _, p := range apps {
			list = append(list, must(p.FQN()))
		}
		list = append(list, list[0]) // twice in a configuration is once in a list
		after, err := s.Set(t.Context(), s.db, Viewers, list, false)
		if err != nil || len(after.Direct(Viewers)) != len(apps) {
			t.Fatal(err)
		}
		s.wantHeld(s.db, Viewers, fqnsOf(apps)...)
		want := "kept?"
		if clears {
			want = ""
		}
		s.wantNotes(apps[0], want)
		if g, _ := after.Find(Viewers, list[0]); g.Notes != want {
			t.Errorf("the picture shows the notes %q", g.Notes)
		}
		if s.mustPicture(s.db) != after {
			t.Error("the answer did not become the picture")
		}
		if after, err = s.Set(t.Context(), s.db, Viewers, nil, false); err != nil || len(after.Direct(Viewers)) != 0 {
			t.Error(err)
		}
		s.wantHeld(s.db, Viewers)
		s.wantSent("", 2)
	}
}

func TestSet_waitsForAPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	apps := newApps(3)
	emu.Directory().HideFor(apps[1], 3)
	if _, err := s.Set(t.Context(), s.db, Viewers, []FQN{must(apps[0].FQN()), must(apps[1].FQN()), must(apps[2].FQN())}, false); err != nil {
		t.Fatal(err)
	}
	got := s.held(s.db, Viewers)
	slices.Sort(got)
	if len(got) != 3 {
		t.Errorf("%v", got)
	}
	s.wantSent(".set", 4)
}

// Nobody can see them: dropping the grant to be sure would be for nothing.
func TestSetNotes_takesAnEngineThatShowsNoneAtItsWord(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Behaviour.Columns = "fqn" })
	app := newApp("noted")
	s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
	g, err := s.SetNotes(t.Context(), s.db, Viewers, must(app.FQN()), "new", false)
	if err != nil || g == nil || !g.NotesHidden || g.Notes != "" {
		t.Errorf("%+v, %v", g, err)
	}
	s.wantNotes(app, "new")
	s.wantSent(".drop", 0)
}
