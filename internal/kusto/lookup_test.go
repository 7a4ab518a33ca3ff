// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestKnown_asksOnceARunForAllSecurables(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	s.remote.AddDatabase("Other")
	var callers sync.WaitGroup
	for i := range 20 {
		callers.Go(func() {
			in := []Securable{s.db, entity("materialized_view", "V"), database("Other")}[i%3]
			if err := s.Known(t.Context(), in, must("aaduser=Alice@contoso.com")); err != nil {
				t.Errorf("alice: %v", err)
			}
			wantReason(t, s.Known(t.Context(), in, must("aaduser=bobb@contoso.com")), mgmt.ErrPrincipalNotFound)
			wantReason(t, s.Known(t.Context(), in, must("aaduser=BOBB@contoso.com;contoso.com")), mgmt.ErrPrincipalNotFound)
		})
	}
	callers.Wait()
	s.wantSent(".show", 2)
	s.wantSent(".show database", 2)
}

func TestKnown_concludesNothingWithoutAClearNo(t *testing.T) {
	t.Parallel()
	for _, kind := range []kusto.FaultKind{kusto.Throttle, kusto.Unavailable, kusto.Forbidden, kusto.Truncate} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			s.failOnce(kusto.Fault{Kind: kind})
			for range 2 {
				if err := s.Known(t.Context(), s.db, must("aaduser=bobb@contoso.com")); err != nil {
					t.Error(err)
				}
			}
			s.wantSent(".show", 1)
		})
	}
}

func TestKnown_asksNoMoreInADatabaseThatRefuses(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour = kusto.Behaviour{OthersRolesForbidden: true} })
	for i := range 5 {
		if err := s.Known(t.Context(), s.db, must(fmt.Sprintf("aaduser=nobody-%d@contoso.com", i))); err != nil {
			t.Error(err)
		}
	}
	s.wantSent(".show", 1)
}

func TestKnown_isNotWaitedForLong(t *testing.T) {
	t.Parallel()
	for name, patience := range map[string]time.Duration{"the caller gives up": 50 * time.Millisecond, "the caller waits": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			gate := s.remote.Hold(nil)
			defer gate.Release()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			started := time.Now()
			for range 2 {
				if err := s.Known(ctx, s.db, must("aaduser=bobb@contoso.com")); err != nil {
					t.Error(err)
				}
			}
			if took := time.Since(started); took > min(patience, sideLimit)+5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestKnown_learnsFromOtherLookups(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	s.grant(s.db, Viewers, emu.Directory().MustUser("alice@contoso.com"))
	name := must("aaduser=zoe@fabrikam.example")
	if s.resolveOne(t.Context(), s.mustList(s.db), name).Held() {
		t.Error("zoe is a viewer")
	}
	s.wantSent(".show database ['Samples'] principal ", 1)
	wantReason(t, s.Known(t.Context(), s.db, name), mgmt.ErrPrincipalNotFound)
	s.wantSent(".show database ['Samples'] principal ", 1)
}

func TestNamesBeside_areListedOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	s.remote.AddDatabase("Sandbox").AddTable("StormEvents")
	for _, test := range []struct {
		of   Securable
		want string
	}{
		{database("Sandbxo"), "Samples Sandbox"},
		{database("Nowhere"), "Samples Sandbox"},
		{Securable{Type: typeOfSecurable("table"), Database: "Sandbox", Name: "T"}, "StormEvents"},
		{Securable{Type: typeOfSecurable("table"), Database: "sandbox", Name: "U"}, "StormEvents"},
		{Securable{Type: typeOfSecurable("function"), Database: "Sandbox", Name: "F"}, ""},
	} {
		if got := s.NamesBeside(t.Context(), test.of); !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("beside %s are %q, want %s", test.of, got, test.want)
		}
	}
	s.wantSent(".show", 3)
}

func TestNamesOf_areThoseThatPeopleWrite(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	d := emu.Directory()
	s.grant(s.db, Viewers, d.MustUser("alice@contoso.com"), d.MustGroup("Data Readers"), d.App("dashboard"))
	list := s.mustList(s.db)
	for of, want := range map[PrincipalType][]string{
		User: {"alice@contoso.com"}, Group: {"Data Readers", "data-readers@contoso.com"}, App: {"ci-deployer", "dashboard"},
	} {
		got := list.NamesOf(of)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("names of %s are %q, want %q", of, got, want)
		}
	}
	if !list.Proves(must("aaduser=Alice@contoso.com")) || list.Proves(must("aaduser=bob@contoso.com")) || !list.Proves(must(d.App("ci-deployer").FQN())) {
		t.Error("the list proves others than it shows")
	}
}
