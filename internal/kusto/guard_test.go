package kusto

import (
	"errors"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// guarded is a database whose admins are all its own: the caller, through the
// cluster's role of monitor, may look and is no admin by inheritance.
func guarded(t *testing.T, admins ...*emulator.Principal) *stand {
	t.Helper()
	deployer := emu.Directory().App("ci-deployer")
	s := newStand(t, func(o *standOptions) {
		o.Admins, o.Monitors = nil, []*emulator.Principal{deployer}
		o.Caller = func(string) (Caller, error) {
			return Caller{ObjectID: deployer.ObjectID, ClientID: deployer.AppID, TenantID: deployer.TenantID}, nil
		}
	})
	s.grant(s.db, Admins, admins...)
	return s
}

func TestLockout_refusesToDropTheCallerItself(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer := d.App("ci-deployer")
	s := guarded(t, deployer, d.MustUser("alice@contoso.com"))
	for _, own := range []string{
		deployer.FQN(), "aadapp=" + deployer.AppID + ";contoso.com", "aadapp=" + deployer.ObjectID + ";" + contoso,
		strings.ToUpper("aadapp=" + deployer.AppID + ";contoso.com"),
	} {
		e := wantKind(t, s.Drop(t.Context(), s.db, Admins, must(own), false), Lockout)
		if !strings.Contains(e.Error(), `would no longer be an admin of database "Samples"`) || !strings.Contains(e.Error(), "allow_lockout = true") {
			t.Errorf("%s: %v", own, e)
		}
		if KindOf(s.CheckDrop(t.Context(), s.db, Admins, must(own))) != Lockout {
			t.Errorf("%s: the plan would allow it", own)
		}
	}
	s.wantSent(".drop", 0)
	if err := s.Drop(t.Context(), s.db, Admins, must("aaduser=alice@contoso.com"), false); err != nil {
		t.Error(err)
	}
	if err := s.Drop(t.Context(), s.db, Admins, must(deployer.FQN()), true); err != nil {
		t.Error(err)
	}
	s.wantHeld(s.db, Admins)
}

func TestLockout_leavesOneOfTwoLastAdmins(t *testing.T) {
	t.Parallel()
	// The caller is admin of the cluster, so that nothing is refused for its sake;
	// of the table, no row makes an admin but these two and the cluster's.
	apps := newApps(3)
	p := newPicture(database("Samples"), grantsOf(database("Samples"), []row{
		listed("Database Samples Admin", apps[0].FQN(), "a", apps[0].ObjectID),
		listed("Database Samples Admin", apps[1].FQN(), "b", apps[1].ObjectID),
		listed("Database Samples Viewer", apps[2].FQN(), "c", apps[2].ObjectID),
	}))
	batch := make([]*request, 3)
	for i, app := range apps {
		batch[i] = &request{ctx: t.Context(), principal: must(app.FQN()), done: make(chan outcome, 1)}
	}
	allowed := p.withoutLockouts(Caller{}, batch)
	if len(allowed) != 2 || allowed[0] != batch[0] || allowed[1] != batch[2] {
		t.Fatalf("%d are allowed", len(allowed))
	}
	if e := wantKind(t, (<-batch[1].done).err, Lockout); !strings.Contains(e.Error(), "would have no admin left") {
		t.Error(e)
	}
	batch[1].allowLockout = true
	if allowed := p.withoutLockouts(Caller{}, []*request{batch[1], batch[0]}); len(allowed) != 1 || allowed[0] != batch[1] {
		t.Errorf("%d are allowed after one who means it", len(allowed))
	}
}

func TestLockout_holdsInsideABatch(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer := d.App("ci-deployer")
	s := guarded(t, deployer)
	apps := newApps(2)
	s.grant(s.db, Admins, apps...)
	results := gathered(s, s.drop(s.db, Admins, resolvedAt(1).String(), true),
		s.drop(s.db, Admins, apps[0].FQN(), false), s.drop(s.db, Admins, deployer.FQN(), false), s.drop(s.db, Admins, apps[1].FQN(), false))
	if got := failing(results); len(got) != 1 || got[0] != 2 {
		t.Fatalf("%v failed, want the caller's own alone", got)
	}
	wantKind(t, results[2].err, Lockout)
	s.wantHeld(s.db, Admins, deployer.FQN())
}

func TestLockout_countsInheritedRoles(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) {
		deployer := emu.Directory().App("ci-deployer")
		o.Caller = func(string) (Caller, error) {
			return Caller{ObjectID: deployer.ObjectID, ClientID: deployer.AppID}, nil
		}
	})
	deployer := emu.Directory().App("ci-deployer")
	s.grant(s.db, Admins, deployer)
	if err := s.Drop(t.Context(), s.db, Admins, must(deployer.FQN()), false); err != nil {
		t.Errorf("the caller stays admin of the cluster: %v", err)
	}
	if _, err := s.Set(t.Context(), s.db, Admins, nil, false); err != nil {
		t.Error(err)
	}
}

func TestLockout_mindsTheLastGroupOfACallerWhoIsNotListed(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	group := d.AddGroup("contoso.com", "Admins of a test", "")
	d.AddMember(group, d.App("ci-deployer"))
	s := guarded(t, group, d.MustUser("alice@contoso.com"))
	e := wantKind(t, s.Drop(t.Context(), s.db, Admins, must(group.FQN()), false), Lockout)
	if !strings.Contains(e.Error(), `member of the group "Admins of a test"`) {
		t.Error(e)
	}
	if err := s.CheckDrop(t.Context(), s.db, Viewers, must(group.FQN())); err != nil {
		t.Errorf("viewers lock no one out: %v", err)
	}
}

func TestLockout_watchesTheWholeList(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer := d.App("ci-deployer")
	s := guarded(t, deployer, d.MustUser("alice@contoso.com"))
	for name, tc := range map[string]struct {
		list []string
		want ErrorKind
	}{
		"emptied":            {nil, Lockout},
		"without the caller": {[]string{"aaduser=alice@contoso.com"}, Lockout},
		"with the caller":    {[]string{"aadapp=" + deployer.AppID + ";contoso.com"}, 0},
	} {
		var list []FQN
		for _, fqn := range tc.list {
			list = append(list, must(fqn))
		}
		if err := s.CheckSet(t.Context(), s.db, Admins, list); (err != nil) != (tc.want != 0) || KindOf(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want == Lockout {
			_, err := s.Set(t.Context(), s.db, Admins, list, false)
			wantKind(t, err, Lockout)
		}
	}
	s.wantSent(".set", 0)
}

func TestLockout_hasNothingToGuardWhereNothingIs(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	if err := s.CheckDrop(t.Context(), database("gone"), Admins, resolvedAt(1)); err != nil {
		t.Error(err)
	}
	if err := s.Drop(t.Context(), database("gone"), Admins, resolvedAt(1), false); err != nil {
		t.Error(err)
	}
	if _, err := s.Set(t.Context(), database("gone"), Admins, nil, false); err != nil {
		t.Error(err)
	}
	_, err := s.Set(t.Context(), database("gone"), Admins, []FQN{resolvedAt(1)}, false)
	wantKind(t, err, SecurableNotFound)
}

func TestLockout_doesNotHoldUpWhoMeansIt(t *testing.T) {
	t.Parallel()
	s := guarded(t, emu.Directory().App("ci-deployer"))
	apps := newApps(3)
	s.grant(s.db, Admins, apps...)
	s.caller = func(string) (Caller, error) { return Caller{}, errors.New("the token says nothing") }
	results := gathered(s, s.drop(s.db, Admins, apps[2].FQN(), true),
		s.drop(s.db, Admins, apps[0].FQN(), true), s.drop(s.db, Admins, apps[1].FQN(), false))
	if got := failing(results); len(got) != 1 || got[0] != 2 {
		t.Fatalf("%v failed, want the one that the guard cannot judge", got)
	}
	wantError(t, "guarded", results[2].err, "the token says nothing")
	s.wantHeld(s.db, Admins, s.credential.principal.FQN(), apps[1].FQN())
}

func TestLockout_asksWhoADisplayNameIsBeforeItRefuses(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	s := guarded(t, d.App("ci-deployer"), d.MustUser("alice@contoso.com"))
	named := []FQN{must("aadapp=ci-deployer;contoso.com")}
	if err := s.CheckSet(t.Context(), s.db, Admins, named); err != nil {
		t.Error(err)
	}
	s.remote.SetBehaviour(emulator.Behaviour{OthersRolesForbidden: true})
	wantKind(t, s.CheckSet(t.Context(), s.db, Admins, named), Lockout) // likeness is no proof
}
