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
				o.Behaviour.AddKeepsNotes, o.Retry.Write, o.Retry.Finish = true, 2*time.Second, 10*time.Millisecond
			})
			app := newApp("noted")
			s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
			s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
				if c.Verb != ".drop" {
					return nil
				}
				return &kusto.Fault{Kind: kind}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // longer than what the add may take
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

// Members with the same notes go in one command, and the others keep theirs.
func TestSetRole_givesMembersTheirNotes(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{false, true} {
		s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.AddKeepsNotes = keeps })
		added, held, bare := newApps(3), newApps(3), newApp("bare")
		for _, app := range append(held, bare) {
			s.remote.Grant(remoteSecurable(s.db), "viewers", app, "old")
		}
		named := func(notes string, apps ...*entra.Principal) (all []GrantNotes) {
			for _, f := range fqns(apps...) {
				all = append(all, GrantNotes{Principal: f, Notes: notes})
			}
			return all
		}
		change := RoleChange{
			Securable: s.db, Role: Viewers, Principals: fqns(append(append(added, held...), bare)...),
			Notes: append(named("team", added[0], added[1], held[0], held[1]), named("", held[2])...),
		}
		for range 2 { // the second time changes nothing
			members, err := s.SetRole(t.Context(), change)
			if err != nil || members.Matches[0].Grant.Notes != "team" || members.Matches[3].Grant.Notes != "team" {
				t.Fatalf("keeps %t: %v, %v", keeps, members.Matches, err)
			}
			for app, want := range map[*entra.Principal]string{added[0]: "team", added[1]: "team", added[2]: "", held[0]: "team", held[1]: "team", held[2]: "", bare: "old"} {
				s.wantNotes(app, want)
			}
		}
		adds, drops := 4, 1 // two with notes, one without, and one again
		if keeps {
			adds, drops = 6, 3
		}
		s.wantSent(".add", adds)
		s.wantSent(".drop", drops)
	}
}

// Notes cost nobody the role: the admin that a new grant would lock out keeps the old ones.
func TestSetRole_saysWhoKeepsOtherNotes(t *testing.T) {
	t.Parallel()
	s := ownAdminsOnly(t, emu.Directory().App("ci-deployer"))
	s.remote.SetBehaviour(kusto.Behaviour{AddKeepsNotes: true})
	deployer := must(emu.Directory().App("ci-deployer").FQN())
	members, err := s.SetRole(t.Context(), RoleChange{Securable: s.db, Role: Admins, Principals: []FQN{deployer}, Notes: []GrantNotes{{Principal: deployer, Notes: "new"}}})
	if err != nil || !members.Matches[0].Held() || members.Matches[0].Grant.Notes == "new" {
		t.Errorf("%v, %v", members.Matches, err)
	}
	s.wantHeld(s.db, Admins, deployer.String())
	s.wantSent(".drop", 0)
}

// Whoever lost the role on the way to other notes is no member.
func TestSetRole_aNoteThatFailsLeavesTheTruth(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.AddKeepsNotes = true })
	lost, other := newApp("lost"), newApp("other")
	s.remote.Grant(remoteSecurable(s.db), "viewers", lost, "old")
	s.remote.Grant(remoteSecurable(s.db), "viewers", other, "old")
	dropped := false
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if dropped = dropped || c.Verb == ".drop"; dropped && c.Verb == ".add" {
			return &kusto.Fault{Kind: kusto.Forbidden}
		}
		return nil
	})
	members, err := s.SetRole(t.Context(), RoleChange{
		Securable: s.db, Role: Viewers, Principals: fqns(lost, other), Notes: []GrantNotes{{Principal: must(lost.FQN()), Notes: "new"}},
	})
	if err == nil || !strings.Contains(err.Error(), "could not be added again") {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, other.FQN())
	if members.Matches[0].Held() || fqnOf(members.Matches[1].Grant) != other.FQN() {
		t.Errorf("%+v", members.Matches)
	}
}
