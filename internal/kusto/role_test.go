// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func fqns(principals ...*entra.Principal) []FQN {
	all := make([]FQN, len(principals))
	for i, p := range principals {
		all[i] = must(p.FQN())
	}
	return all
}

func TestSetRole_addsThenDropsTheDifference(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	kept, added, removed := newApp("kept"), newApp("added"), newApp("removed")
	s.remote.Grant(remoteSecurable(s.db), "viewers", kept, "by hand")
	s.grant(s.db, Viewers, removed)
	members, err := s.SetRole(t.Context(), RoleChange{Securable: s.db, Role: Viewers, Principals: fqns(kept, added, kept)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []*entra.Principal{kept, added, kept} {
		if got := fqnOf(members.Matches[i].Grant); got != want.FQN() {
			t.Errorf("member %d is %s, want %s", i, got, want.FQN())
		}
	}
	s.wantHeld(s.db, Viewers, kept.FQN(), added.FQN())
	s.wantNotes(kept, "by hand")
	var verbs []string
	for _, c := range s.remote.Commands() {
		verbs = append(verbs, fmt.Sprintf("%s %d", c.Verb, len(c.Principals)))
	}
	if want := []string{".show 0", ".add 1", ".drop 1"}; !slices.Equal(verbs, want) {
		t.Errorf("commands %v, want %v", verbs, want)
	}
}

func TestSetRole_sendsLargeListsInParts(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	apps := newApps(2*maxPrincipals + 1)
	s.grant(s.db, Viewers, newApps(maxPrincipals+1)...)
	if err := s.setRole(t.Context(), s.db, Viewers, fqns(apps...)...); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, heldBy(apps)...)
	s.wantSent(".add", 3)
	s.wantSent(".drop", 2)
}

func TestSetRole_doesNotHoldUpOthersForAPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Waits.PropagationInitial, o.Waits.PropagationMax = time.Hour, time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	apps, removed := newApps(3), newApp("removed")
	s.grant(s.db, Viewers, removed)
	emu.Directory().HideFor(apps[1], 1000)
	s.onPause = func(mgmt.Event) { cancel() }
	err := s.setRole(ctx, s.db, Viewers, fqns(apps...)...)
	if e := wantReason(t, err, mgmt.ErrPrincipalNotFound); e.TimeUp == nil || e.Subject != apps[1].AppID {
		t.Errorf("%#v", e)
	}
	s.wantHeld(s.db, Viewers, apps[0].FQN(), apps[2].FQN())
}

func TestSetRole_waitsForAPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	apps := newApps(3)
	emu.Directory().HideFor(apps[1], 3)
	if err := s.setRole(t.Context(), s.db, Viewers, fqns(apps...)...); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, heldBy(apps)...)
}

func TestSetRole_removesAPrincipalThatEntraNoLongerKnows(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropUnknownIsError = refused })
		kept, gone, removed, ignored := newApp("kept"), newApp("gone"), newApp("removed"), newApp("ignored")
		s.grant(s.db, Viewers, kept, gone, removed, ignored)
		emu.Directory().HideFor(gone, 1000)
		change := RoleChange{Securable: s.db, Role: Viewers, Principals: fqns(kept), Ignored: fqns(ignored)}
		if _, err := s.SetRole(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		s.wantHeld(s.db, Viewers, kept.FQN(), ignored.FQN())
	}
}

func TestDrop_removesAPrincipalThatEntraNoLongerKnowsBesideOthers(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropUnknownIsError = true })
	gone, removed := newApp("gone"), newApps(2)
	s.grant(s.db, Viewers, append(removed, gone)...)
	emu.Directory().HideFor(gone, 1000)
	results := gathered(s, s.drop(s.db, Viewers, removed[0].FQN(), false), s.drop(s.db, Viewers, gone.FQN(), false), s.drop(s.db, Viewers, removed[1].FQN(), false))
	if got := failing(results); len(got) != 0 {
		t.Fatalf("%v failed", got)
	}
	s.wantHeld(s.db, Viewers)
}

func TestSetRole_namesAGrantThatStays(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.SharedAsDirect = true })
	kept, shared := newApp("kept"), newApp("workspace member")
	s.remote.Database("Samples").Share("viewers", shared)
	s.grant(s.db, Viewers, kept)
	members, err := s.SetRole(t.Context(), RoleChange{Securable: s.db, Role: Viewers, Principals: fqns(kept)})
	if e := wantReason(t, err, ErrStillHeld); !strings.Contains(e.Message, "workspace member") {
		t.Error(e)
	}
	if len(members.Others) != 1 || members.Others[0].Principal.String() != shared.FQN() {
		t.Errorf("others: %v", members.Others)
	}
}

func TestClearRole_isOneCommandAfterTheList(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.grant(s.db, Viewers, newApps(5)...)
	if err := s.ClearRole(t.Context(), s.db, Viewers, nil, false); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers)
	s.wantSent(".drop", 1)
	s.wantSent("", 2)
}

// Grants move between resources in any order, under any name.
func TestRun_neverDropsWhatItGranted(t *testing.T) {
	t.Parallel()
	alice := emu.Directory().MustUser("alice@contoso.com")
	upn, id := must("aaduser=alice@contoso.com"), must(alice.FQN())
	add := func(s *testCluster, f FQN) error {
		_, err := s.AddPrincipal(s.t.Context(), s.db, Viewers, f, "")
		return err
	}
	drop := func(s *testCluster, f FQN) error { return s.dropErr(s.t.Context(), s.db, Viewers, f, false) }
	set := func(s *testCluster, f ...FQN) error { return s.setRole(s.t.Context(), s.db, Viewers, f...) }
	for name, steps := range map[string][]func(*testCluster) error{
		"added, then dropped by id":           {func(s *testCluster) error { return add(s, upn) }, func(s *testCluster) error { return drop(s, id) }},
		"added by id, then dropped by UPN":    {func(s *testCluster) error { return add(s, id) }, func(s *testCluster) error { return drop(s, upn) }},
		"dropped, then added":                 {func(s *testCluster) error { return drop(s, id) }, func(s *testCluster) error { return add(s, upn) }},
		"members become a role":               {func(s *testCluster) error { return set(s, upn) }, func(s *testCluster) error { return drop(s, id) }},
		"members become a role, drop first":   {func(s *testCluster) error { return drop(s, id) }, func(s *testCluster) error { return set(s, upn) }},
		"a role becomes members":              {func(s *testCluster) error { return add(s, upn) }, func(s *testCluster) error { return s.ClearRole(s.t.Context(), s.db, Viewers, nil, false) }},
		"a role becomes members, clear first": {func(s *testCluster) error { return s.ClearRole(s.t.Context(), s.db, Viewers, nil, false) }, func(s *testCluster) error { return add(s, upn) }},
		"a role shrinks, a member is added":   {func(s *testCluster) error { return add(s, upn) }, func(s *testCluster) error { return set(s) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.t = t
			other := newApp("other")
			s.grant(s.db, Viewers, alice, other)
			for _, step := range steps {
				if err := step(s); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Contains(s.held(s.db, Viewers), alice.FQN()) {
				t.Errorf("Alice lost the role: %v", s.held(s.db, Viewers))
			}
		})
	}
}

func TestDrop_waitsForAddsThatArePending(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	alice := emu.Directory().MustUser("alice@contoso.com")
	s.grant(s.db, Viewers, alice)
	results := gathered(s, s.add(s.db, Viewers, newApp("first").FQN(), ""),
		func() (Match, error) {
			kept, err := s.DropPrincipal(t.Context(), s.db, Viewers, must(alice.FQN()), false)
			if !kept && err == nil {
				err = fmt.Errorf("the drop was sent")
			}
			return Match{}, err
		},
		s.add(s.db, Viewers, "aaduser=alice@contoso.com", ""))
	if got := failing(results); got != nil {
		t.Errorf("%v failed: %v", got, results[got[0]].err)
	}
	s.wantSent(".drop", 0)
}

// Kusto decides whom an ambiguous name means. A principal that the run has granted holds the
// role afterwards, whoever it is.
func TestDrop_ofAnAmbiguousNameTakesNoRoleThatTheRunHasGranted(t *testing.T) {
	t.Parallel()
	for name, granted := range map[string]int{"another principal was added": -1, "another of the possible rows was added": 1, "the same one was added": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.OthersRolesForbidden = true })
			guests := masked(2)
			s.grant(s.db, Viewers, guests...)
			added := must(newApp("unrelated").FQN())
			if granted >= 0 {
				added = must(guests[granted].FQN())
			}
			if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, added, ""); err != nil {
				t.Fatal(err)
			}
			kept, err := s.DropPrincipal(t.Context(), s.db, Viewers, writtenAs(guests[0]), false)
			if err != nil || kept {
				t.Errorf("kept %t, %v; want it sent", kept, err)
			}
			for i, guest := range guests {
				if held, want := slices.Contains(s.held(s.db, Viewers), guest.FQN()), i == 1 || granted == 0; held != want {
					t.Errorf("guest %d holds the role: %t, want %t", i, held, want)
				}
			}
		})
	}
}

// A group is known by an address that no row shows, and nobody may be looked up. Its .add
// fails: its row is not taken for a stranger's.
func TestSetRole_leavesTheRowOfANameThatCouldNotBeAdded(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) {
		o.Behaviour.OthersRolesForbidden, o.Behaviour.BareGroups = true, true
		o.Waits.PropagationInitial, o.Waits.PropagationMax = time.Hour, time.Hour
	})
	readers, app := emu.Directory().Must("data-readers@contoso.com"), newApp("removed")
	s.grant(s.db, Viewers, readers, app)
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if c.Verb == ".add" && strings.Contains(c.Text, "data-readers") {
			return &kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `{"error":{"code":"BadRequest_RequestedEntityNotFound","@permanent":true,` +
				`"@message":"Requested entity is not valid and could not be retrieved from AAD. Entity ID 'data-readers@contoso.com' of type 'AAD Group' was not found in AAD tenant 'T'"}}`}
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	s.onPause = func(mgmt.Event) { cancel() }
	added := newApp("added")
	_, err := s.SetRole(ctx, RoleChange{
		Securable: s.db, Role: Viewers, Principals: []FQN{must("aadgroup=data-readers@contoso.com"), must(added.FQN())},
		Removed: []FQN{must(readers.FQN()), must(app.FQN())},
	})
	wantReason(t, err, mgmt.ErrPrincipalNotFound)
	s.wantHeld(s.db, Viewers, readers.FQN(), added.FQN())
}

// A user was deleted and created again. The old row still shows the UPN, but is not the user's.
func TestSetRole_grantsTheRoleToAUserWhoWasCreatedAgain(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	d := emu.Directory()
	const upn = "created.again@contoso.com"
	old := d.AddUser(entra.ContosoTenantID, upn, "Created Again")
	s.grant(s.db, Viewers, old)
	d.Remove(old)
	now := d.AddUser(entra.ContosoTenantID, upn, "Created Again")
	members, err := s.SetRole(t.Context(), RoleChange{Securable: s.db, Role: Viewers, Principals: []FQN{must("aaduser=" + upn)}})
	if err != nil || len(members.Matches) != 1 || members.Matches[0].Grant == nil || members.Matches[0].Grant.Principal.String() != now.FQN() {
		t.Errorf("%+v, %v; want %s", members.Matches, err, now.FQN())
	}
	s.wantHeld(s.db, Viewers, old.FQN(), now.FQN())
	added, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser="+upn), "")
	if err != nil || added.Grant == nil || added.Grant.Principal.String() != now.FQN() {
		t.Errorf("%+v, %v; want %s", added, err, now.FQN())
	}
}

// No row identifies the names, so no row that may be one of them is dropped. A name can be:
// Kusto itself knows whom it means.
func TestSetRole_ofAmbiguousNamesRemovesNoneOfTheirRows(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.OthersRolesForbidden = true })
	guests, app := masked(3), newApp("removed")
	s.grant(s.db, Viewers, guests...)
	s.grant(s.db, Viewers, app)
	if err := s.setRole(t.Context(), s.db, Viewers, writtenAs(guests[1]), writtenAs(guests[2])); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, heldBy(guests)...)
	change := RoleChange{Securable: s.db, Role: Viewers, Principals: []FQN{writtenAs(guests[1]), writtenAs(guests[2])}, Removed: []FQN{writtenAs(guests[0])}}
	if _, err := s.Client.SetRole(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, guests[1].FQN(), guests[2].FQN())
}

func TestIgnored_areNeitherAddedNorDropped(t *testing.T) {
	t.Parallel()
	alice := emu.Directory().MustUser("alice@contoso.com")
	for name, change := range map[string]func(*testCluster, ...FQN) error{
		"set": func(s *testCluster, ignored ...FQN) error {
			_, err := s.SetRole(t.Context(), RoleChange{Securable: s.db, Role: Viewers, Ignored: ignored})
			return err
		},
		"clear": func(s *testCluster, ignored ...FQN) error {
			return s.ClearRole(t.Context(), s.db, Viewers, ignored, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Behaviour.SharedAsDirect = true })
			shared, removed := newApp("shared"), newApp("removed")
			s.remote.Database("Samples").Share("viewers", shared)
			s.grant(s.db, Viewers, alice, removed)
			if err := change(s, must("aaduser=alice@contoso.com"), must(shared.FQN()), must("aaduser=bob@contoso.com")); err != nil {
				t.Fatal(err)
			}
			s.wantHeld(s.db, Viewers, alice.FQN())
		})
	}
}

func TestUnmanaged_removedOutEveryRowThatMayBeIgnored(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.OthersRolesForbidden = true })
	s.grant(s.db, Viewers, newApps(2)...)
	list := s.mustList(s.db)
	if got := s.Unmanaged(t.Context(), list, Viewers, nil, []FQN{must("aaduser=nobody@contoso.com")}); len(got) != 2 {
		t.Errorf("%v; no user is among them", got)
	}
	if got := s.Unmanaged(t.Context(), list, Viewers, nil, []FQN{must("aadapp=who;contoso.com")}); len(got) != 0 {
		t.Errorf("%v may be the ignored one", got)
	}
}

// A member who was deleted from Entra ID cannot be granted the role again, and has it. The
// others of the role do not wait for a deleted member, also not for new notes.
func TestSetRole_doesNotWaitForAMemberWhoWasDeleted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		byID  bool
		notes string
	}{
		"a name": {}, "a name with notes": {notes: "left in May"}, "an id with notes": {byID: true, notes: "left in May"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			d, joined := emu.Directory(), newApp("joined")
			leaver := d.AddUser(entra.ContosoTenantID, strings.ReplaceAll(name, " ", ".")+"@contoso.com", "Leaver")
			s.grant(s.db, Viewers, leaver)
			d.Remove(leaver)
			f := must("aaduser=" + leaver.UPN)
			if c.byID {
				f = must(leaver.FQN())
			}
			change := RoleChange{Securable: s.db, Role: Viewers, Principals: []FQN{f, must(joined.FQN())}}
			if c.notes != "" {
				change.Notes = []GrantNotes{{Principal: f, Notes: c.notes}}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			members, err := s.SetRole(ctx, change)
			if err != nil || len(members.Matches) != 2 || !members.Matches[0].Held() || !members.Matches[1].Held() {
				t.Errorf("%+v, %v", members.Matches, err)
			}
			if len(members.Unknown) != 1 || members.Unknown[0].Principal.String() != leaver.FQN() || len(members.Added) != 1 {
				t.Errorf("unknown: %v, added: %v", members.Unknown, members.Added)
			}
			s.wantHeld(s.db, Viewers, leaver.FQN(), joined.FQN())
		})
	}
}
