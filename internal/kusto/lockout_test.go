// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"errors"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// ownAdminsOnly is a database whose admins are all its own: the caller, through the
// cluster's role of monitor, may look and is no admin by inheritance.
func ownAdminsOnly(t *testing.T, admins ...*entra.Principal) *testCluster {
	t.Helper()
	deployer := emu.Directory().App("ci-deployer")
	s := newTestCluster(t, func(o *testOptions) {
		o.Admins, o.Monitors = nil, []*entra.Principal{deployer}
		o.Caller = func(string) ([]FQN, error) { return []FQN{must(deployer.FQN())}, nil }
	})
	s.grant(s.db, Admins, admins...)
	return s
}

func TestLockout_refusesToDropTheCallerItself(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer := d.App("ci-deployer")
	s := ownAdminsOnly(t, deployer, d.MustUser("alice@contoso.com"))
	for _, own := range []string{
		deployer.FQN(), "aadapp=" + deployer.AppID + ";contoso.com", "aadapp=" + deployer.ObjectID + ";" + contoso,
		strings.ToUpper("aadapp=" + deployer.AppID + ";contoso.com"),
	} {
		e := wantReason(t, s.dropErr(t.Context(), s.db, Admins, must(own), false), ErrLockout)
		if !strings.Contains(e.Error(), `would no longer be an admin of database "Samples"`) || !strings.Contains(e.Error(), "allow_lockout = true") {
			t.Errorf("%s: %v", own, e)
		}
		list := s.mustList(s.db)
		rows := s.queue(s.db, Admins).rowsOf(t.Context(), list, must(own))
		wantReason(t, s.CheckLockout(t.Context(), list, Admins, rows, nil), ErrLockout)
	}
	s.wantSent(".drop", 0)
	if err := s.dropErr(t.Context(), s.db, Admins, must("aaduser=alice@contoso.com"), false); err != nil {
		t.Error(err)
	}
	if err := s.dropErr(t.Context(), s.db, Admins, must(deployer.FQN()), true); err != nil {
		t.Error(err)
	}
	s.wantHeld(s.db, Admins)
}

func TestLockout_leavesOneOfTwoLastAdmins(t *testing.T) {
	t.Parallel()
	apps := newApps(3)
	list := ReadPrincipalList(database("Samples"), []mgmt.Row{
		listed("Database Samples Admin", apps[0].FQN(), "a", apps[0].ObjectID),
		listed("Database Samples Admin", apps[1].FQN(), "b", apps[1].ObjectID),
		listed("Database Samples Viewer", apps[2].FQN(), "c", apps[2].ObjectID),
	})
	a, b := list.Find(Admins, must(apps[0].FQN())), list.Find(Admins, must(apps[1].FQN()))
	if err := lockout(list, nil, []*Grant{a}, nil); err != nil {
		t.Error(err)
	}
	e := wantReason(t, lockout(list, nil, []*Grant{a, b}, nil), ErrLockout)
	if !strings.Contains(e.Error(), "would have no admin left") {
		t.Error(e)
	}
	if err := lockout(list, nil, []*Grant{a, b}, []FQN{must(apps[2].FQN())}); err != nil {
		t.Errorf("another admin joins: %v", err)
	}
}

func TestLockout_holdsInsideABatch(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer := d.App("ci-deployer")
	s := ownAdminsOnly(t, deployer)
	apps := newApps(2)
	s.grant(s.db, Admins, apps...)
	s.mustList(s.db) // from now on in the cache
	results := gathered(s, s.drop(s.db, Admins, resolvedAt(1).String(), true),
		s.drop(s.db, Admins, apps[0].FQN(), false), s.drop(s.db, Admins, deployer.FQN(), false), s.drop(s.db, Admins, apps[1].FQN(), false))
	if got := failing(results); len(got) != 1 || got[0] != 2 {
		t.Fatalf("%v failed, want the caller's own alone", got)
	}
	wantReason(t, results[2].err, ErrLockout)
	s.wantHeld(s.db, Admins, deployer.FQN())
}

func TestLockout_countsInheritedRoles(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) {
		deployer := emu.Directory().App("ci-deployer")
		o.Caller = func(string) ([]FQN, error) { return []FQN{must(deployer.FQN())}, nil }
	})
	deployer := emu.Directory().App("ci-deployer")
	s.grant(s.db, Admins, deployer)
	if err := s.dropErr(t.Context(), s.db, Admins, must(deployer.FQN()), false); err != nil {
		t.Errorf("the caller is still admin of the cluster: %v", err)
	}
	if err := s.ClearRole(t.Context(), s.db, Admins, nil, false); err != nil {
		t.Error(err)
	}
}

func TestLockout_mindsTheLastGroupOfACallerWhoIsNotListed(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	group := d.AddGroup("contoso.com", "Admins of a test", "")
	d.AddMember(group, d.App("ci-deployer"))
	s := ownAdminsOnly(t, group, d.MustUser("alice@contoso.com"))
	e := wantReason(t, s.dropErr(t.Context(), s.db, Admins, must(group.FQN()), false), ErrLockout)
	if !strings.Contains(e.Error(), `member of the group "Admins of a test"`) {
		t.Error(e)
	}
	list := s.mustList(s.db)
	if err := s.CheckLockout(t.Context(), list, Viewers, list.Direct(Admins), nil); err != nil {
		t.Errorf("a change to the viewers locks no one out: %v", err)
	}
}

func TestLockout_guardsTheWholeList(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer := d.App("ci-deployer")
	for name, tc := range map[string]struct {
		list []string
		want error
	}{
		"emptied":            {nil, ErrLockout},
		"without the caller": {[]string{"aaduser=alice@contoso.com"}, ErrLockout},
		"with the caller":    {[]string{"aadapp=" + deployer.AppID + ";contoso.com"}, nil},
	} {
		s := ownAdminsOnly(t, deployer, d.MustUser("alice@contoso.com"))
		var list []FQN
		for _, fqn := range tc.list {
			list = append(list, must(fqn))
		}
		if err := s.setRole(t.Context(), s.db, Admins, list...); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want != nil {
			wantReason(t, s.ClearRole(t.Context(), s.db, Admins, nil, false), ErrLockout)
			s.wantSent(".set", 0)
			s.wantSent(".drop", 0)
		}
	}
}

func TestLockout_hasNothingToGuardWhereNothingIs(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	if err := s.dropErr(t.Context(), database("gone"), Admins, resolvedAt(1), false); err != nil {
		t.Error(err)
	}
	if err := s.ClearRole(t.Context(), database("gone"), Admins, nil, false); err != nil {
		t.Error(err)
	}
	wantReason(t, s.setRole(t.Context(), database("gone"), Admins, resolvedAt(1)), mgmt.ErrSecurableNotFound)
}

func TestLockout_doesNotHoldUpWhoMeansIt(t *testing.T) {
	t.Parallel()
	s := ownAdminsOnly(t, emu.Directory().App("ci-deployer"))
	apps := newApps(3)
	s.grant(s.db, Admins, apps...)
	s.caller = func(string) ([]FQN, error) { return nil, errors.New("the token says nothing") }
	s.mustList(s.db) // from now on in the cache
	results := gathered(s, s.drop(s.db, Admins, apps[2].FQN(), true),
		s.drop(s.db, Admins, apps[0].FQN(), true), s.drop(s.db, Admins, apps[1].FQN(), false))
	if got := failing(results); len(got) != 1 || got[0] != 2 {
		t.Fatalf("%v failed, want the one that the lockout check cannot judge", got)
	}
	wantError(t, "refused", results[2].err, "the token says nothing")
	s.wantHeld(s.db, Admins, s.credential.principal.FQN(), apps[1].FQN())
}

func TestLockout_asksWhoADisplayNameIsBeforeItRefuses(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	s := ownAdminsOnly(t, d.App("ci-deployer"), d.MustUser("alice@contoso.com"))
	named := []FQN{must("aadapp=ci-deployer;contoso.com")}
	if err := s.setRole(t.Context(), s.db, Admins, named...); err != nil {
		t.Error(err)
	}
	s.wantHeld(s.db, Admins, d.App("ci-deployer").FQN())
}

// A group of admins may be what makes the caller an admin, unless something proves
// that the caller is still one without it.
func TestLockout_letsAGroupGoOnlyIfTheCallerProvablyStays(t *testing.T) {
	t.Parallel()
	const inTenant = ";" + contoso
	group := func(n string) string { return "aadgroup=99999999-0000-4000-8000-00000000000" + n + inTenant }
	own := must("aadapp=99999999-0000-4000-8000-0000000000ff" + inTenant)
	removed := listed("Database Samples Admin", group("1"), "removed", "")
	for name, tc := range map[string]struct {
		caller []FQN
		kept   mgmt.Row
		want   error
	}{
		"a user is kept":                    {[]FQN{own}, listed("Database Samples Admin", "aaduser=99999999-0000-4000-8000-0000000000aa"+inTenant, "Alice", ""), ErrLockout},
		"another group is kept":             {[]FQN{own}, listed("Database Samples Admin", group("2"), "kept", ""), ErrLockout},
		"an inherited group is kept":        {[]FQN{own}, listed("AllDatabasesAdmin", group("2"), "kept", ""), ErrLockout},
		"a group of the token is kept":      {[]FQN{own, must(group("2"))}, listed("Database Samples Admin", group("2"), "kept", ""), nil},
		"the token names the one that goes": {[]FQN{own, must(group("1"))}, listed("Database Samples Admin", group("2"), "kept", ""), ErrLockout},
		"the caller has its own row":        {[]FQN{own}, listed("Database Samples Admin", own.String(), "me", ""), nil},
		"the caller has an inherited row":   {[]FQN{own}, listed("AllDatabasesAdmin", own.String(), "me", ""), nil},
	} {
		list := ReadPrincipalList(database("Samples"), []mgmt.Row{removed, tc.kept})
		if err := lockout(list, tc.caller, list.Direct(Admins)[:1], nil); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestDrop_ofTheCallersOwnAccessGoesLast(t *testing.T) {
	t.Parallel()
	deployer := emu.Directory().App("ci-deployer")
	for name, own := range map[string]func(*testCluster) error{
		"a member": func(s *testCluster) error { return s.dropErr(t.Context(), s.db, Admins, must(deployer.FQN()), true) },
		"a role":   func(s *testCluster) error { return s.ClearRole(t.Context(), s.db, Admins, nil, true) },
		"a change of a role": func(s *testCluster) error {
			_, err := s.SetRole(t.Context(), RoleChange{Securable: s.db, Role: Admins, Principals: []FQN{must("aaduser=alice@contoso.com")}, DropOptions: DropOptions{AllowLockout: true}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ownAdminsOnly(t, deployer)
			viewer := newApp("viewer")
			s.grant(s.db, Viewers, viewer)
			s.mustList(s.db)
			gate := s.remote.Hold(func(c kusto.Command) bool { return c.Role == "viewers" })
			other := later(func() (struct{}, error) {
				return struct{}{}, s.dropErr(t.Context(), s.db, Viewers, must(viewer.FQN()), false)
			})
			<-gate.Waiting()
			last := later(func() (struct{}, error) { return struct{}{}, own(s) })
			s.eventually(func() bool {
				s.writes.mu.Lock()
				defer s.writes.mu.Unlock()
				return s.writes.changed != nil
			}, "the last one to wait")
			gate.Release()
			if r := <-other; r.err != nil {
				t.Error(r.err)
			}
			if r := <-last; r.err != nil {
				t.Error(r.err)
			}
			commands := s.remote.Commands()
			if at := commands[len(commands)-1]; at.Role != "admins" {
				t.Errorf("the last command is %s", at.Text)
			}
			for _, f := range s.held(s.db, Admins) {
				if f == deployer.FQN() {
					t.Error("the caller is still admin")
				}
			}
		})
	}
}
