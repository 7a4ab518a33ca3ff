package kusto

import (
	"fmt"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func (s *stand) grant(in Securable, role Role, principals ...*emulator.Principal) {
	for _, p := range principals {
		s.remote.Grant(remoteSecurable(in), string(role), p, "")
	}
}

func (s *stand) mustPicture(in Securable) *Picture {
	s.t.Helper()
	p, err := s.Picture(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// crowded is a database with all the principals that are hard to tell apart.
func crowded(t *testing.T, b emulator.Behaviour) (s *stand, eve, felix *emulator.Principal) {
	t.Helper()
	d := emu.Directory()
	n := standCount.Add(1)
	eve = d.AddUser("contoso.com", fmt.Sprintf("eve%d@contoso.com", n), "Eve (upn: alice@contoso.com)")
	felix = d.AddUser("fabrikam.com", fmt.Sprintf("felix%d@fabrikam.com", n), "Felix")
	s = newStand(t, func(o *standOptions) { o.Behaviour = b })
	s.grant(s.db, Viewers, eve, felix, d.MustUser("erin@fabrikam.com"), d.MustUser("sam.lee@contoso.com"), d.MustUser("sam.lee2@contoso.com"),
		d.MustGroup("Data Readers"), d.App("dashboard"))
	return s, eve, felix
}

func TestIdentify_tellsLikePrincipalsApart(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	dashboard, readers := d.App("dashboard"), d.MustGroup("Data Readers")
	for name, b := range map[string]emulator.Behaviour{
		"today":         {},
		"older engine":  {Columns: "fqn", OldTypeWords: true},
		"capital names": {UpperNames: true},
		"open names":    {ShowForeignNames: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, eve, felix := crowded(t, b)
			picture := s.mustPicture(s.db)
			for asked, want := range map[string]*emulator.Principal{
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
				g, ambiguous := s.Identify(t.Context(), picture, Viewers, must(asked))
				if ambiguous {
					t.Errorf("%s: ambiguous", asked)
				}
				if got := fqnOf(g); got != fqnOfPrincipal(want) {
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

func fqnOfPrincipal(p *emulator.Principal) string {
	if p == nil {
		return ""
	}
	return p.FQN()
}

func TestIdentify_saysWhenItMayNotAskWhich(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	s, eve, _ := crowded(t, emulator.Behaviour{OthersRolesForbidden: true})
	picture := s.mustPicture(s.db)
	for _, tc := range []struct {
		asked     string
		want      *emulator.Principal
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
		g, ambiguous := s.Identify(t.Context(), picture, Viewers, must(tc.asked))
		if ambiguous != tc.ambiguous || fqnOf(g) != fqnOfPrincipal(tc.want) {
			t.Errorf("%s is %q (ambiguous: %t), want %q (%t)", tc.asked, fqnOf(g), ambiguous, fqnOfPrincipal(tc.want), tc.ambiguous)
		}
	}
}

func TestIdentify_asksNothingWhenARowProvesIt(t *testing.T) {
	t.Parallel()
	s, eve, felix := crowded(t, emulator.Behaviour{})
	picture := s.mustPicture(s.db)
	s.remote.ResetCommands()
	for _, asked := range []string{"aaduser=" + eve.UPN, felix.FQN(), "aaduser=" + aliceID + ";" + contoso, "msauser=carol@outlook.com"} {
		s.Identify(t.Context(), picture, Viewers, must(asked))
	}
	s.wantSent("", 0)
}

func TestAdd_findsTheRowItMade(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	for _, forbidden := range []bool{false, true} {
		for _, columns := range []string{"", "fqn"} {
			t.Run(fmt.Sprintf("asking forbidden %t, columns %q", forbidden, columns), func(t *testing.T) {
				t.Parallel()
				s, eve, _ := crowded(t, emulator.Behaviour{OthersRolesForbidden: forbidden, Columns: columns})
				gina := d.AddUser("fabrikam.com", fmt.Sprintf("gina%d@fabrikam.com", standCount.Add(1)), "Gina")
				s.mustPicture(s.db)
				for asked, want := range map[string]*emulator.Principal{
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
					g, err := s.Add(t.Context(), s.db, Viewers, must(asked), nil)
					if err != nil || fqnOf(g) != wanted {
						t.Errorf("%s became %q, %v; want %q", asked, fqnOf(g), err, wanted)
					}
				}
			})
		}
	}
}

func TestAdd_doesNotGuessAmongMaskedRows(t *testing.T) {
	t.Parallel()
	s, _, _ := crowded(t, emulator.Behaviour{OthersRolesForbidden: true})
	s.mustPicture(s.db)
	g, err := s.Add(t.Context(), s.db, Viewers, must("aaduser=erin@fabrikam.com"), nil) // is there already
	if g != nil || err != nil {
		t.Errorf("%v, %v; want neither: nothing tells which row it is", g, err)
	}
}
