// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func (s *testCluster) grant(in Securable, role Role, principals ...*entra.Principal) {
	for _, p := range principals {
		s.remote.Grant(remoteSecurable(in), string(role), p, "")
	}
}

func (s *testCluster) mustList(in Securable) *PrincipalList {
	s.t.Helper()
	p, err := s.Principals(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// crowded is a database with all the principals that are hard to tell apart.
func crowded(t *testing.T, b kusto.Behaviour) (s *testCluster, eve, felix *entra.Principal) {
	t.Helper()
	d := emu.Directory()
	n := testClusters.Add(1)
	eve = d.AddUser("contoso.com", fmt.Sprintf("eve%d@contoso.com", n), "Eve (upn: alice@contoso.com)")
	felix = d.AddUser("fabrikam.com", fmt.Sprintf("felix%d@fabrikam.com", n), "Felix")
	s = newTestCluster(t, func(o *testOptions) { o.Behaviour = b })
	s.grant(s.db, Viewers, eve, felix, d.MustUser("erin@fabrikam.com"), d.MustUser("sam.lee@contoso.com"), d.MustUser("sam.lee2@contoso.com"),
		d.MustGroup("Data Readers"), d.App("dashboard"))
	return s, eve, felix
}

func TestResolve_findsEachOfSimilarPrincipals(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	dashboard, readers := d.App("dashboard"), d.MustGroup("Data Readers")
	for name, b := range map[string]kusto.Behaviour{
		"today":         {},
		"older engine":  {Columns: "fqn", OldTypeWords: true},
		"capital names": {UpperNames: true},
		"open names":    {ShowForeignNames: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, eve, felix := crowded(t, b)
			list := s.mustList(s.db)
			for asked, want := range map[string]*entra.Principal{
				"aaduser=" + eve.UPN:                                      eve,
				"aaduser=alice@contoso.com":                               nil,
				"aaduser=sam.lee@contoso.com":                             d.MustUser("sam.lee@contoso.com"),
				"aaduser=sam.lee2@contoso.com;contoso.com":                d.MustUser("sam.lee2@contoso.com"),
				"aaduser=erin@fabrikam.com":                               d.MustUser("erin@fabrikam.com"),
				"aaduser=" + felix.UPN:                                    felix,
				"aaduser=" + felix.ObjectID + ";fabrikam.com":             felix,
				"aaduser=nobody@contoso.com":                              nil,
				"aaduser=bob@contoso.com":                                 nil,
				"aadgroup=data-readers@contoso.com":                       readers,
				"aadgroup=DATA readers;contoso.com":                       readers,
				"aadgroup=On-Call;contoso.com":                            nil,
				"aadapp=dashboard;contoso.com":                            dashboard,
				"aadapp=" + dashboard.ObjectID + ";" + contoso:            dashboard,
				"aadapp=" + dashboard.ObjectID + ";contoso.com":           dashboard,
				"aadapp=" + d.App("ci-deployer").AppID + ";contoso.com":   nil,
				"aadapp=" + d.App("ci-deployer").ObjectID + ";" + contoso: nil,
				"msauser=carol@outlook.com":                               nil,
			} {
				r := s.resolveOne(t.Context(), list, must(asked))
				if r.Ambiguous {
					t.Errorf("%s: ambiguous", asked)
				}
				if got := fqnOf(r.Grant); got != fqnOfPrincipal(want) {
					t.Errorf("%s is %q, want %q", asked, got, fqnOfPrincipal(want))
				}
			}
		})
	}
}

func fqnOf(g *Grant) string {
	if g == nil {
		return ""
	}
	return g.Principal.String()
}

func fqnOfPrincipal(p *entra.Principal) string {
	if p == nil {
		return ""
	}
	return p.FQN()
}

func TestResolve_isAmbiguousWhenTheLookupIsForbidden(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	s, eve, _ := crowded(t, kusto.Behaviour{OthersRolesForbidden: true})
	list := s.mustList(s.db)
	for _, tc := range []struct {
		asked     string
		want      *entra.Principal
		ambiguous bool
	}{
		{"aaduser=" + eve.UPN, eve, false},
		{"aaduser=sam.lee@contoso.com", d.MustUser("sam.lee@contoso.com"), false},
		{"aaduser=erin@fabrikam.com", nil, true}, // one of two masked rows
		{"aaduser=alice@contoso.com", nil, true}, // may be the mail address of anyone
		{"aaduser=" + aliceID + ";" + contoso, nil, false},
		{"aadgroup=Data Readers;contoso.com", d.MustGroup("Data Readers"), false},
		{"aadapp=dashboard;contoso.com", d.App("dashboard"), false},
	} {
		r := s.resolveOne(t.Context(), list, must(tc.asked))
		if r.Ambiguous != tc.ambiguous || fqnOf(r.Grant) != fqnOfPrincipal(tc.want) {
			t.Errorf("%s is %q (ambiguous: %t), want %q (%t)", tc.asked, fqnOf(r.Grant), r.Ambiguous, fqnOfPrincipal(tc.want), tc.ambiguous)
		}
	}
}

func TestResolve_sendsNothingWhenARowIsProof(t *testing.T) {
	t.Parallel()
	s, eve, felix := crowded(t, kusto.Behaviour{})
	list := s.mustList(s.db)
	s.remote.ResetCommands()
	for _, asked := range []string{"aaduser=" + eve.UPN, felix.FQN(), "aaduser=" + aliceID + ";" + contoso, "msauser=carol@outlook.com"} {
		s.resolveOne(t.Context(), list, must(asked))
	}
	s.wantSent("", 0)
}

func TestAdd_findsTheRowItMade(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	for _, forbidden := range []bool{false, true} {
		for _, columns := range []string{"", "fqn"} {
			t.Run(fmt.Sprintf("lookup forbidden %t, columns %q", forbidden, columns), func(t *testing.T) {
				t.Parallel()
				s, eve, _ := crowded(t, kusto.Behaviour{OthersRolesForbidden: forbidden, Columns: columns})
				gina := d.AddUser("fabrikam.com", fmt.Sprintf("gina%d@fabrikam.com", testClusters.Add(1)), "Gina")
				s.mustList(s.db)
				for asked, want := range map[string]*entra.Principal{
					"aaduser=alice@contoso.com":                               d.MustUser("alice@contoso.com"),
					"aaduser=" + eve.UPN:                                      eve,
					"aaduser=" + gina.UPN:                                     gina, // one of several masked rows
					"aadgroup=on-call;contoso.com":                            d.MustGroup("On-Call"),
					"aadapp=" + d.App("ci-deployer").ObjectID + ";" + contoso: d.App("ci-deployer"),
					"msauser=CAROL@outlook.com":                               d.Must("carol@outlook.com"),
				} {
					wanted := want.FQN()
					if forbidden && want == gina {
						wanted = "" // that its row is new would be a guess
					}
					g, err := s.AddPrincipal(t.Context(), s.db, Viewers, must(asked), "")
					if err != nil || fqnOf(g.Grant) != wanted {
						t.Errorf("%s became %q, %v; want %q", asked, fqnOf(g.Grant), err, wanted)
					}
				}
			})
		}
	}
}

func TestAdd_doesNotGuessAmongMaskedRows(t *testing.T) {
	t.Parallel()
	s, _, _ := crowded(t, kusto.Behaviour{OthersRolesForbidden: true})
	s.mustList(s.db)
	g, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=erin@fabrikam.com"), "") // is there already
	if g.Grant != nil || !g.Ambiguous || err != nil {
		t.Errorf("%v, %v; no row identifies it", g, err)
	}
}

// masked adds users of another tenant, whose rows hide their names.
func masked(n int) []*entra.Principal {
	users := make([]*entra.Principal, n)
	for i := range users {
		users[i] = emu.Directory().AddUser("fabrikam.com", fmt.Sprintf("guest%d@fabrikam.com", testClusters.Add(1)), "Guest")
	}
	return users
}

func writtenAs(p *entra.Principal) FQN { return must("aaduser=" + p.UPN) }

func TestResolve_pairsNamesWithRows(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	alice, bob, group := d.MustUser("alice@contoso.com"), d.MustUser("bob@contoso.com"), d.MustGroup("On-Call")
	guests := masked(3)
	for _, tc := range []struct {
		name      string
		forbidden bool
		granted   bool
		held      []*entra.Principal
		names     []FQN
		want      []*entra.Principal // nil for none
		ambiguous []bool
		unmanaged int
		lookups   int
	}{
		{"names that rows prove", false, false, []*entra.Principal{alice, bob, group},
			[]FQN{writtenAs(alice), must(bob.FQN())}, []*entra.Principal{alice, bob}, []bool{false, false}, 1, 0},
		{"a principal that does not hold the role", false, false, []*entra.Principal{alice},
			[]FQN{writtenAs(bob)}, []*entra.Principal{nil}, []bool{false}, 1, 1},
		{"rows of another tenant are looked up", false, false, guests,
			[]FQN{writtenAs(guests[1]), writtenAs(guests[0])}, []*entra.Principal{guests[1], guests[0]}, []bool{false, false}, 1, 2},
		{"rows of another tenant, lookup forbidden", true, false, guests,
			[]FQN{writtenAs(guests[1]), writtenAs(guests[0])}, []*entra.Principal{nil, nil}, []bool{true, true}, 0, 2},
		{"the only possible row of a name that was granted", true, true, []*entra.Principal{alice, group},
			[]FQN{must("aadgroup=on-call@contoso.com"), writtenAs(alice)}, []*entra.Principal{group, alice}, []bool{false, false}, 0, 0},
		{"more names than rows", true, false, guests[:1],
			[]FQN{writtenAs(guests[0]), writtenAs(guests[1])}, []*entra.Principal{nil, nil}, []bool{true, false}, 0, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.OthersRolesForbidden = tc.forbidden })
			for _, p := range tc.held {
				s.remote.Grant(kusto.Securable{Kind: "database", Database: "Samples"}, "viewers", p, "")
			}
			list := s.mustList(s.db)
			s.remote.ResetCommands()
			resolved := s.Resolve(t.Context(), list, Viewers, tc.names, tc.granted)
			for i, want := range tc.want {
				if got := fqnOf(resolved[i].Grant); got != fqnOfPrincipal(want) || resolved[i].Ambiguous != tc.ambiguous[i] {
					t.Errorf("%s is %q, ambiguous %t; want %q, %t", tc.names[i], got, resolved[i].Ambiguous, fqnOfPrincipal(want), tc.ambiguous[i])
				}
			}
			if got := len(list.without(Viewers, resolved)); got != tc.unmanaged {
				t.Errorf("%d unmanaged grants, want %d", got, tc.unmanaged)
			}
			s.wantSent("", tc.lookups)
		})
	}
}

// Who a name is holds for all securables: one question is enough.
func TestResolve_learnsWhoANameIsOnceARun(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	app, others := newApp("looked up once"), newApp("another one")
	const tables = 20
	for i := range tables {
		name := fmt.Sprintf("T%d", i)
		s.remote.Database("Samples").AddTable(name)
		s.grant(entity("table", name), Ingestors, app, others)
	}
	for i := range tables {
		rows, ambiguous := s.RowsOf(t.Context(), s.mustList(entity("table", fmt.Sprintf("T%d", i))), must("aadapp="+app.DisplayName+";contoso.com"))
		if len(rows) != 1 || ambiguous || rows[0].Principal.String() != app.FQN() {
			t.Errorf("table %d: %v, ambiguous %t", i, rows, ambiguous)
		}
	}
	if asked := len(s.sent(".show")) - tables; asked != 1 {
		t.Errorf("%d look-ups were sent, want 1", asked)
	}
}
