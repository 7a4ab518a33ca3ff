// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func (s *testCluster) wantNotes(p *entra.Principal, want string) {
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
		s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.AddKeepsNotes = keeps })
		app := newApp("noted")
		s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
		for _, notes := range []string{"new", "tab\t'quote' \"quote\" \\ é 😀\r\nline", "", "again"} {
			g, err := s.SetNotes(t.Context(), s.db, Viewers, must(app.FQN()), notes)
			if err != nil || g.Grant == nil || g.Grant.Notes != notes {
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
	s := ownAdminsOnly(t, emu.Directory().App("ci-deployer"))
	s.remote.SetBehaviour(kusto.Behaviour{AddKeepsNotes: true})
	deployer := emu.Directory().App("ci-deployer")
	m, err := s.SetNotes(t.Context(), s.db, Admins, must(deployer.FQN()), "new")
	if err != nil || m.Grant == nil || m.Grant.Notes == "new" {
		t.Errorf("%v, %v", m.Grant, err)
	}
	s.wantHeld(s.db, Admins, deployer.FQN())
	s.wantSent(".drop", 0)
}

func TestAdd_leavesNotesAloneUnlessTheyAreGiven(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	app := newApp("noted")
	s.remote.Grant(remoteSecurable(s.db), "viewers", app, "by hand")
	if g, err := s.AddPrincipal(t.Context(), s.db, Viewers, must(app.FQN()), ""); err != nil || g.Grant.Notes != "by hand" {
		t.Errorf("%v, %v", g, err)
	}
	s.wantNotes(app, "by hand")
}

// Nobody can see them: dropping the grant to be sure would be for nothing.
func TestSetNotes_takesAnEngineThatShowsNoneAtItsWord(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.Columns = "fqn" })
	app := newApp("noted")
	s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
	g, err := s.SetNotes(t.Context(), s.db, Viewers, must(app.FQN()), "new")
	if err != nil || g.Grant == nil || !g.Grant.NotesHidden || g.Grant.Notes != "" {
		t.Errorf("%+v, %v", g, err)
	}
	s.wantNotes(app, "new")
	s.wantSent(".drop", 0)
}

// A .drop that fails may have run, so the grant is added again, however long the drop took.
func TestSetNotes_addsTheGrantAgainAfterADropThatFailed(t *testing.T) {
	t.Parallel()
	for kind, adds := range map[kusto.FaultKind]int{kusto.Truncate: 2, kusto.Unavailable: 2, kusto.Forbidden: 1} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) {
				o.Behaviour.AddKeepsNotes, o.Retry.Write, o.Retry.Finish = true, 300*time.Millisecond, 10*time.Millisecond
			})
			app := newApp("noted")
			s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
			s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
				if c.Verb != ".drop" {
					return nil
				}
				return &kusto.Fault{Kind: kind}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, err := s.SetNotes(ctx, s.db, Viewers, must(app.FQN()), "new")
			if e := mgmt.AsError(err); err == nil || errors.Is(err, mgmt.ErrInterrupted) || strings.Contains(err.Error(), "added again") {
				t.Errorf("%#v", e)
			}
			s.wantHeld(s.db, Viewers, app.FQN())
			s.wantSent(".add", adds)
		})
	}
}
