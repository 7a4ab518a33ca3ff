package kusto

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// masked makes users of the other tenant, whose names their rows hide.
func masked(n int) []*emulator.Principal {
	users := make([]*emulator.Principal, n)
	for i := range users {
		users[i] = emu.Directory().AddUser("fabrikam.com", fmt.Sprintf("guest%d@fabrikam.com", standCount.Add(1)), "Guest")
	}
	return users
}

func writtenAs(p *emulator.Principal) FQN { return must("aaduser=" + p.UPN) }

func TestMatch_pairsNamesWithRows(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	alice, bob, group := d.MustUser("alice@contoso.com"), d.MustUser("bob@contoso.com"), d.MustGroup("On-Call")
	guests := masked(3)
	for _, tc := range []struct {
		name       string
		forbidden  bool
		complete   bool
		held       []*emulator.Principal
		asked      []FQN
		want       []*emulator.Principal // nil for none
		indistinct []bool
		strangers  int
		asks       int
	}{
		{"names that rows prove", false, false, []*emulator.Principal{alice, bob, group},
			[]FQN{writtenAs(alice), must(bob.FQN())}, []*emulator.Principal{alice, bob}, []bool{false, false}, 1, 0},
		{"one who is not there", false, false, []*emulator.Principal{alice},
			[]FQN{writtenAs(bob)}, []*emulator.Principal{nil}, []bool{false}, 1, 1},
		{"masked ones are asked for", false, false, guests,
			[]FQN{writtenAs(guests[1]), writtenAs(guests[0])}, []*emulator.Principal{guests[1], guests[0]}, []bool{false, false}, 1, 2},
		{"masked ones that may not be asked for", true, false, guests,
			[]FQN{writtenAs(guests[1]), writtenAs(guests[0])}, []*emulator.Principal{nil, nil}, []bool{true, true}, 1, 2},
		{"the last that is left, in a complete list", true, true, []*emulator.Principal{alice, guests[2]},
			[]FQN{writtenAs(guests[2]), writtenAs(alice)}, []*emulator.Principal{guests[2], alice}, []bool{false, false}, 0, 0},
		{"more names than rows", true, false, guests[:1],
			[]FQN{writtenAs(guests[0]), writtenAs(guests[1])}, []*emulator.Principal{nil, nil}, []bool{true, false}, 0, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, func(o *standOptions) { o.Behaviour.OthersRolesForbidden = tc.forbidden })
			for _, p := range tc.held {
				s.remote.Grant(emulator.Securable{Kind: "database", Database: "Samples"}, "viewers", p, "")
			}
			picture := s.mustPicture(s.db)
			s.remote.ResetCommands()
			m := s.Match(t.Context(), picture, Viewers, tc.asked, tc.complete)
			for i, want := range tc.want {
				if got := fqnOf(m.Grants[i]); got != fqnOfPrincipal(want) {
					t.Errorf("%s is %q, want %q", tc.asked[i], got, fqnOfPrincipal(want))
				}
			}
			if !slices.Equal(m.Indistinct, tc.indistinct) || len(m.Strangers) != tc.strangers {
				t.Errorf("indistinct %v and %d strangers, want %v and %d", m.Indistinct, len(m.Strangers), tc.indistinct, tc.strangers)
			}
			s.wantSent("", tc.asks)
		})
	}
}

func TestEffectiveRole_readsInheritedWords(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]Role{
		"AllDatabasesAdmin": Admins, "AllDatabasesViewer": Viewers, "AllDatabasesMonitor": Monitors,
		"Database Night User Admin": Admins, "Database D UnrestrictedViewer": UnrestrictedViewers, "Workspace Contributor": "",
	} {
		g := Grant{Inherited: true, Words: words}
		if got := g.EffectiveRole(); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
	}
	if g := (Grant{Role: Ingestors, Words: "Table T Ingestor"}); g.EffectiveRole() != Ingestors {
		t.Error("a direct row has another role than its own")
	}
}
