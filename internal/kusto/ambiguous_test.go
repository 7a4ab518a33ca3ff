// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// Where the caller may not look up who a name is, a role resource does not take
// another user's row for the new name.
func TestSetRole_addsANameThatMayBeAnotherRow(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.OthersRolesForbidden = true })
	s.grant(s.db, Viewers, d.MustUser("alice@contoso.com"))
	if err := s.setRole(t.Context(), s.db, Viewers, must("aaduser=bob@contoso.com")); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, d.MustUser("bob@contoso.com").FQN())
}

// A drop by id of a group that this run added by its mail address, while no row shows
// which of two rows that is: they show bare names.
func TestDrop_restoresWhatThisRunGrantedUnderAnAmbiguousName(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.OthersRolesForbidden, o.Behaviour.BareGroups = true, true })
	readers, other := d.Must("data-readers@contoso.com"), d.AddGroup(contoso, "Others of a test", "")
	s.grant(s.db, Viewers, readers, other)
	added, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aadgroup=data-readers@contoso.com"), "ticket 7")
	if err != nil || !added.Ambiguous {
		t.Fatalf("%v, %v", added, err)
	}
	for _, f := range []string{readers.FQN(), other.FQN()} {
		if err := s.dropErr(t.Context(), s.db, Viewers, must(f), false); err != nil {
			t.Fatal(err)
		}
	}
	s.wantHeld(s.db, Viewers, readers.FQN())
	s.wantNotes(readers, "ticket 7")
}

func TestSetRole_dropOfAnAbsentPrincipalIsNoError(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropAbsentIsError = true })
	kept, removed := newApp("kept"), newApp("removed")
	s.grant(s.db, Viewers, kept, removed)
	s.mustList(s.db)
	s.failOnce(kusto.Fault{Kind: kusto.CutAfter})
	if err := s.setRole(t.Context(), s.db, Viewers, fqns(kept)...); err != nil {
		t.Fatal(err)
	}
	s.wantHeld(s.db, Viewers, kept.FQN())
}

// The plan shows who is removed. If nobody can say whether that row is one of the principals, it
// is kept, and the change says so.
func TestSetRole_namesWhomItKeepsBecauseTheyMayBePrincipals(t *testing.T) {
	t.Parallel()
	d := emu.Directory()
	ours, theirs, other := d.MustUser("erin@fabrikam.com"), d.AddUser(fabrikam, "uma@fabrikam.com", "Uma Roy"), newApp("other")
	for _, forbidden := range []bool{false, true} {
		s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.OthersRolesForbidden = forbidden })
		s.grant(s.db, Viewers, theirs, other)
		members, err := s.Client.SetRole(t.Context(), RoleChange{
			Securable: s.db, Role: Viewers, Principals: []FQN{must("aaduser=" + ours.UPN)}, Removed: fqns(theirs, other),
		})
		if err != nil {
			t.Fatal(err)
		}
		if !forbidden {
			s.wantHeld(s.db, Viewers, ours.FQN())
		} else {
			s.wantHeld(s.db, Viewers, ours.FQN(), theirs.FQN())
		}
		if named := len(members.Uncertain) == 1 && members.Uncertain[0].Principal.Equal(must(theirs.FQN())); named != forbidden || len(members.Uncertain) > 1 {
			t.Errorf("look-ups forbidden %t: it names %v", forbidden, members.Uncertain)
		}
	}
}
