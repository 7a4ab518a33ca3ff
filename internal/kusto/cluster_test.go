// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

var theCluster = Securable{Type: Cluster}

func TestCluster_grantsLiveThroughAll(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	alice, bob := emu.Directory().MustUser("alice@contoso.com"), emu.Directory().MustUser("bob@contoso.com")
	s.grant(theCluster, AllDatabasesViewers, bob)
	added, err := s.AddPrincipal(t.Context(), theCluster, AllDatabasesViewers, must("aaduser=alice@contoso.com"), "why")
	if err != nil || fqnOf(added.Grant) != alice.FQN() || added.Grant.Notes != "why" || added.Grant.Inherited {
		t.Fatalf("added %+v, %v", added.Grant, err)
	}
	if changed, err := s.SetNotes(t.Context(), theCluster, AllDatabasesViewers, must(alice.FQN()), "because"); err != nil || changed.Grant.Notes != "because" {
		t.Errorf("%+v, %v", changed.Grant, err)
	}
	s.wantHeld(theCluster, AllDatabasesViewers, alice.FQN(), bob.FQN())
	if g := s.mustList(s.db).Find(Viewers, must(alice.FQN())); g != nil {
		t.Errorf("%+v is not a grant on the database", g)
	}
	if err := s.dropErr(t.Context(), theCluster, AllDatabasesViewers, must("aaduser=bob@contoso.com"), false); err != nil {
		t.Error(err)
	}
	s.wantHeld(theCluster, AllDatabasesViewers, alice.FQN())
	for _, c := range s.remote.Commands() {
		if c.Securable.Kind == "cluster" && c.Database != mgmt.NoDatabase {
			t.Errorf("%s was sent to %q", c.Text, c.Database)
		}
	}
	s.wantSent(".show databases", 0) // no second name of any database
}

func TestCluster_grantsGoTogether(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	apps := newApps(5)
	add := func(p *entra.Principal) func() (Match, error) {
		return s.add(theCluster, AllDatabasesMonitors, p.FQN(), "")
	}
	for _, r := range gathered(s, add(apps[0]), add(apps[1]), add(apps[2]), add(apps[3]), add(apps[4])) {
		if r.err != nil {
			t.Error(r.err)
		}
	}
	s.wantHeld(theCluster, AllDatabasesMonitors, heldBy(apps)...)
	s.wantSent(".add cluster alldatabasesmonitors (", 2)
	s.wantSent(".show", 0)
}

func TestCluster_namesAreLookedUp(t *testing.T) {
	t.Parallel()
	dashboard := emu.Directory().App("dashboard")
	const command = ".show cluster principal 'aadapp=dashboard;contoso.com' roles"
	for name, behaviour := range map[string]kusto.Behaviour{
		"by the cluster":   {BareApps: true},
		"by an FQN":        {BareApps: true, RolesID: "fqn"},
		"by the only name": {BareApps: true, OthersRolesForbidden: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Behaviour = behaviour })
			s.grant(theCluster, AllDatabasesViewers, dashboard, newApp("other"))
			found := s.Resolve(t.Context(), s.mustList(theCluster), AllDatabasesViewers, []FQN{must("aadapp=dashboard;contoso.com")}, false)[0]
			if found.Ambiguous || fqnOf(found.Grant) != dashboard.FQN() {
				t.Errorf("found %+v", found)
			}
			s.wantSent(command, 1)
		})
	}
	s := newTestCluster(t, byDefault)
	wantReason(t, s.Known(t.Context(), theCluster, must("aaduser=nobody@contoso.com")), mgmt.ErrPrincipalNotFound)
	s.wantSent(".show cluster principal 'aaduser=nobody@contoso.com' roles", 1)
}

func TestCluster_lockouts(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	deployer, alice := d.App("ci-deployer"), d.MustUser("alice@contoso.com")
	s := newTestCluster(t, byDefault, func(o *testOptions) {
		o.Caller = func(string) ([]FQN, error) { return []FQN{must(deployer.FQN())}, nil }
	})
	s.grant(theCluster, AllDatabasesAdmins, alice)
	e := wantReason(t, s.dropErr(t.Context(), theCluster, AllDatabasesAdmins, must(deployer.FQN()), false), ErrLockout)
	if !strings.Contains(e.Error(), "would no longer be an admin of the cluster") {
		t.Error(e)
	}
	s.wantSent(".drop", 0)
	if err := s.dropErr(t.Context(), theCluster, AllDatabasesAdmins, must(alice.FQN()), false); err != nil {
		t.Error(err)
	}
	if err := s.dropErr(t.Context(), theCluster, AllDatabasesAdmins, must(deployer.FQN()), true); err != nil {
		t.Error(err)
	}
	s.wantHeld(theCluster, AllDatabasesAdmins)
}

func TestCluster_refusalsAreErrors(t *testing.T) {
	t.Parallel()
	bob := must("aaduser=bob@contoso.com")
	notFound := kusto.Fault{Kind: kusto.Custom, Status: 404, Body: `{"error":{"code":"NotFound","@type":"Kusto.Data.Exceptions.EntityNameDoesNotExistException",
		"@message":"Entity name 'NetDefaultDB' of kind 'Database' does not exist."}}`}
	for name, test := range map[string]struct {
		refuse func(*testCluster)
		want   mgmt.Reason
	}{
		"no such command": {func(s *testCluster) { s.remote.SetBehaviour(kusto.Behaviour{ClusterRolesRefused: true}) }, mgmt.ErrRefused},
		// An answer that does not find the cluster does not say that nobody has a role.
		"no such database": {func(s *testCluster) { s.remote.Intercept(func(kusto.Command) *kusto.Fault { return &notFound }) }, mgmt.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			s.grant(theCluster, AllDatabasesViewers, emu.Directory().MustUser("bob@contoso.com"))
			test.refuse(s)
			_, err := s.AddPrincipal(t.Context(), theCluster, AllDatabasesMonitors, bob, "")
			wantReason(t, err, test.want)
			wantReason(t, s.dropErr(t.Context(), theCluster, AllDatabasesViewers, bob, false), test.want)
			if name == "no such database" {
				_, err := s.Principals(t.Context(), theCluster)
				wantReason(t, err, test.want)
			}
			s.wantHeld(theCluster, AllDatabasesViewers, emu.Directory().MustUser("bob@contoso.com").FQN())
			s.wantSent(".show databases", 0) // it follows no other
		})
	}
}

func TestCluster_isFoundByOneCommand(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.AddDatabase("Sales")
	n := 0
	for found := range s.Find(t.Context(), Search{Type: Cluster, Limit: time.Minute}, func() int { return 8 }) {
		if n++; found.Err != nil || found.Securable != theCluster || found.List == nil {
			t.Errorf("found %+v", found)
		}
	}
	if s.wantSent(".show", 1); n != 1 {
		t.Errorf("%d clusters", n)
	}
	s = newTestCluster(t)
	s.remote.Intercept(func(kusto.Command) *kusto.Fault { return &kusto.Fault{Kind: kusto.Forbidden} })
	for found := range s.Find(t.Context(), Search{Type: Cluster, Limit: time.Minute}, func() int { return 1 }) {
		wantReason(t, found.Err, mgmt.ErrForbidden)
	}
}

func TestCluster_rolesOfAPrincipal(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	bob := emu.Directory().MustUser("bob@contoso.com")
	s.grant(theCluster, AllDatabasesMonitors, bob)
	s.grant(theCluster, AllDatabasesViewers, bob)
	s.grant(s.db, Users, bob)
	for on, want := range map[Securable][]Role{theCluster: {AllDatabasesViewers, AllDatabasesMonitors}, s.db: {Users, Viewers, Monitors}} {
		if got, err := s.RolesOf(t.Context(), on, must(bob.FQN())); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", on, got, err, want)
		}
	}
}
