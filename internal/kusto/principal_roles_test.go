// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestRowsOf_areThoseOfOnePrincipal(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	alice, readers, dashboard := d.MustUser("alice@contoso.com"), d.MustGroup("Data Readers"), d.App("dashboard")
	for name, test := range map[string]struct {
		behaviour kusto.Behaviour
		asked     string
		want      *entra.Principal // nil for nobody
		ambiguous bool
		lookups   int
	}{
		"a UPN":                                  {kusto.Behaviour{}, "aaduser=Alice@contoso.com", alice, false, 0},
		"an object id":                           {kusto.Behaviour{}, "aaduser=" + alice.ObjectID + ";contoso.com", alice, false, 0},
		"an application id":                      {kusto.Behaviour{}, "aadapp=" + dashboard.AppID + ";contoso.com", dashboard, false, 0},
		"someone else's id":                      {kusto.Behaviour{}, "aaduser=00000000-0000-4000-8000-000000000fff;contoso.com", nil, false, 0},
		"a name":                                 {kusto.Behaviour{}, "aadapp=dashboard;contoso.com", dashboard, false, 1},
		"a name by an FQN":                       {kusto.Behaviour{RolesID: "fqn"}, "aadapp=dashboard;contoso.com", dashboard, false, 1},
		"a mail address":                         {kusto.Behaviour{BareGroups: true}, "aadgroup=data-readers@contoso.com", readers, false, 1},
		"a name without any role":                {kusto.Behaviour{}, "aadgroup=On-Call;contoso.com", nil, false, 1},
		"a name that nobody may look up":         {kusto.Behaviour{OthersRolesForbidden: true}, "aadapp=dashboard;contoso.com", dashboard, false, 1},
		"a mail address that nobody may look up": {kusto.Behaviour{OthersRolesForbidden: true, BareGroups: true}, "aadgroup=data-readers@contoso.com", nil, true, 1},
		"a name that Entra ID does not know":     {kusto.Behaviour{}, "aadgroup=nobody@contoso.com", nil, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Behaviour = test.behaviour })
			table := entity("table", "T")
			s.remote.Database("Samples").AddTable("T")
			s.grant(s.db, Users, alice, readers, dashboard)
			s.grant(table, Ingestors, alice, readers, dashboard)
			list := s.mustList(table)
			s.remote.ResetCommands()
			rows, ambiguous := s.RowsOf(t.Context(), list, must(test.asked))
			var want, got []string
			if test.want != nil {
				want = []string{"Database Samples User " + test.want.FQN(), "Table T Ingestor " + test.want.FQN()}
			}
			for _, g := range rows {
				got = append(got, g.RoleText+" "+g.Principal.String())
			}
			if ambiguous != test.ambiguous || !slices.Equal(got, want) {
				t.Errorf("got %q, ambiguous %v, want %q", got, ambiguous, want)
			}
			s.wantSent(".show", test.lookups)
		})
	}
}

// Rows of one principal may spell its id differently, and others may sort between them.
func TestRowsOf_countsRowsOfOnePrincipalOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	app := newApp("spelled twice")
	s.grant(s.db, Users, app)
	s.grant(s.db, Viewers, app)
	rows := slices.Clone(s.mustList(s.db).Grants)
	own := must(app.FQN())
	upper := strings.ToUpper(own.ID)
	for i := range rows {
		if rows[i].Principal.Equal(own) && rows[i].Role == Users {
			rows[i].Principal.ID = upper
		}
	}
	between := upper[:len(upper)-1] + "Z" // after the one, and before the other
	rows = append(rows, Grant{Role: Users, Principal: FQN{Type: App, ID: between, Tenant: own.Tenant}, DisplayName: "another app"})
	found, ambiguous := s.RowsOf(t.Context(), NewPrincipalList(s.db, rows), must("aadapp="+app.DisplayName+";contoso.com"))
	if len(found) != 2 || ambiguous || !found[0].Principal.Equal(own) || !found[1].Principal.Equal(own) {
		t.Errorf("got %v, ambiguous %t, want both rows of %s", found, ambiguous, own)
	}
}

func TestRolesOf_areEffectiveRoles(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	bob := d.MustUser("bob@contoso.com")
	member := d.AddUser("contoso.com", "rolesof@contoso.com", "Member")
	group := d.AddGroup("contoso.com", "Roles of a test", "")
	d.AddMember(group, member)
	table := entity("table", "T")
	for name, test := range map[string]struct {
		on        Securable
		principal string
		want      []Role
	}{
		"the caller's own, by the cluster": {database("Samples"), "", []Role{Admins}},
		"direct ones, in order":            {database("Samples"), bob.FQN(), []Role{Users, Monitors}},
		"on a table":                       {table, bob.FQN(), []Role{Ingestors}},
		"of a member of a group":           {database("Samples"), member.FQN(), []Role{Viewers}},
		"none":                             {database("Samples"), d.MustUser("alice@contoso.com").FQN(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			s.remote.Database("Samples").AddTable("T")
			s.grant(s.db, Monitors, bob)
			s.grant(s.db, Users, bob)
			s.grant(s.db, Viewers, group)
			s.grant(table, Ingestors, bob)
			var principal FQN
			if test.principal != "" {
				principal = must(test.principal)
			}
			got, err := s.RolesOf(t.Context(), test.on, principal)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestRolesOf_keepsARoleThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.failOnce(kusto.Fault{Kind: kusto.Custom, Status: 200, Body: `{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"Scope","DataType":"String","ColumnType":"string"},{"ColumnName":"Role","DataType":"String","ColumnType":"string"}],` +
		`"Rows":[["x","DatabaseCreator"],["x","AllDatabasesAdmin"],["Samples","Admin"]]}]}`})
	got, err := s.RolesOf(t.Context(), s.db, FQN{})
	if want := []Role{Admins, "DatabaseCreator"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestRefreshGroupMembership_sendsWhatIsGiven(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	group := d.AddGroup("contoso.com", "Refreshed of a test", "")
	for name, test := range map[string]struct {
		principal, group FQN
		want             string
	}{
		"everything of the caller's": {FQN{}, FQN{}, ".clear cluster cache groupmembership"},
		"the caller in a group":      {FQN{}, must(group.FQN()), ".clear cluster cache groupmembership with (group='" + group.FQN() + "')"},
		"someone in a group": {
			must("aaduser=bob@contoso.com"), must(group.FQN()),
			".clear cluster cache groupmembership with (principal='aaduser=bob@contoso.com', group='" + group.FQN() + "')",
		},
		"someone": {must("aaduser=bob@contoso.com"), FQN{}, ".clear cluster cache groupmembership with (principal='aaduser=bob@contoso.com')"},
	} {
		for _, answer := range []string{"", "no_table", "row"} {
			t.Run(name+" "+answer, func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t, func(o *testOptions) { o.Behaviour.ClearAnswer = answer })
				if err := s.RefreshGroupMembership(t.Context(), test.principal, test.group); err != nil {
					t.Fatal(err)
				}
				if got := s.sent(""); len(got) != 1 || got[0] != test.want {
					t.Errorf("sent %q, want %q", got, test.want)
				}
			})
		}
	}
}

func TestRefreshGroupMembership_doesNotWaitForAnHour(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	caller, group := newApp("joins"), d.AddGroup("contoso.com", "Quota of a test", "")
	d.AddMember(group, caller)
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Credential = &testCredential{principal: caller} })
	for range 10 {
		if err := s.RefreshGroupMembership(t.Context(), FQN{}, must(group.FQN())); err != nil {
			t.Fatal(err)
		}
	}
	e := wantReason(t, s.RefreshGroupMembership(t.Context(), FQN{}, must(group.FQN())), mgmt.ErrThrottled)
	if e.Tries != 1 {
		t.Errorf("%d tries", e.Tries)
	}
	wantReason(t, s.RefreshGroupMembership(t.Context(), must("aaduser=bob@contoso.com"), must(group.FQN())), mgmt.ErrForbidden)
}

func TestRefreshGroupMembership_sendsAgainAfterAnyOtherAnswer(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `<html>sign in to the proxy</html>`, `{"Tables":[],"Exceptions":["it broke"]}`} {
		s := newTestCluster(t)
		s.failOnce(kusto.Fault{Kind: kusto.Custom, Status: 200, Body: body})
		if err := s.RefreshGroupMembership(t.Context(), FQN{}, FQN{}); err != nil {
			t.Error(err)
		}
		s.wantSent(".clear", 2)
	}
}
