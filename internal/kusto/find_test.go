// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func all() int { return mgmt.MaxConcurrentCommands }

// find runs a search to its end, and writes each securable that it came to: "table "T" of
// database "D"", with "?" for one that is hidden, "~" for a follower's, and the error.
func (s *testCluster) find(search Search, ahead func() int) []string {
	s.t.Helper()
	search.Limit = time.Minute
	var lines []string
	for f := range s.Find(s.t.Context(), search, ahead) {
		line := f.Securable.String()
		switch {
		case f.Err != nil:
			line += " " + string(mgmt.AsError(f.Err).Reason)
		case f.List == nil:
			line += " ?"
		case f.Follows:
			line += " ~"
		}
		lines = append(lines, line)
	}
	return lines
}

// threeDatabases has Alpha and Beta with a table "T" and one of their own, Gamma without
// any, besides Samples.
func threeDatabases(s *testCluster) {
	for _, name := range []string{"Beta", "Alpha", "Gamma"} {
		db := s.remote.AddDatabase(name)
		if name != "Gamma" {
			db.AddTable("T")
			db.AddTable(`odd | 'n"ame' é😀 ` + name)
		}
	}
}

func TestFind_comesToWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	table := typeOfSecurable("table")
	for name, test := range map[string]struct {
		search Search
		want   []string
		shows  int
	}{
		"every database":             {Search{Type: Database}, []string{`database "Alpha"`, `database "Beta"`, `database "Gamma"`, `database "Samples"`}, 5},
		"one database":               {Search{Type: Database, Database: "beta"}, []string{`database "beta"`}, 1},
		"no such database":           {Search{Type: Database, Database: "Nowhere"}, []string{`database "Nowhere" securable not found`}, 1},
		"every table of a database":  {Search{Type: table, Database: "Beta"}, []string{`table "T" of database "Beta"`, `table "odd | 'n\"ame' é😀 Beta" of database "Beta"`}, 3},
		"one table":                  {Search{Type: table, Database: "Beta", Name: "T"}, []string{`table "T" of database "Beta"`}, 1},
		"no such table":              {Search{Type: table, Database: "Beta", Name: "U"}, []string{`table "U" of database "Beta" securable not found`}, 1},
		"tables of no such database": {Search{Type: table, Database: "Nowhere"}, []string{`database "Nowhere" securable not found`}, 1},
		"a table in every database":  {Search{Type: table, Name: "T"}, []string{`table "T" of database "Alpha"`, `table "T" of database "Beta"`}, 5},
		"every table of every database": {Search{Type: table}, []string{
			`table "T" of database "Alpha"`, `table "odd | 'n\"ame' é😀 Alpha" of database "Alpha"`,
			`table "T" of database "Beta"`, `table "odd | 'n\"ame' é😀 Beta" of database "Beta"`,
		}, 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			threeDatabases(s)
			if got := s.find(test.search, all); !slices.Equal(got, test.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			s.wantSent(".show", test.shows)
		})
	}
}

func TestFind_leavesOutWhatIsHiddenOrGone(t *testing.T) {
	t.Parallel()
	table := typeOfSecurable("table")
	for name, test := range map[string]struct {
		search  Search
		prepare func(s *testCluster, caller *entra.Principal)
		want    []string
	}{
		"a database whose principals are hidden": {Search{Type: Database}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "viewers", caller, "")
			s.remote.Grant(remoteSecurable(database("Beta")), "admins", caller, "")
		}, []string{`database "Alpha" ?`, `database "Beta"`}},
		"a database whose tables are hidden": {Search{Type: table}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "ingestors", caller, "")
			s.remote.Grant(remoteSecurable(database("Beta")), "admins", caller, "")
		}, []string{`database "Alpha" ?`, `table "T" of database "Beta"`, `table "odd | 'n\"ame' é😀 Beta" of database "Beta"`}},
		"tables whose principals are hidden": {Search{Type: table, Database: "Alpha"}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "viewers", caller, "")
			s.remote.Grant(kusto.Securable{Kind: "table", Database: "Alpha", Entity: "T"}, "admins", caller, "")
		}, []string{`table "T" of database "Alpha"`, `table "odd | 'n\"ame' é😀 Alpha" of database "Alpha" ?`}},
		"a hidden database that is named": {Search{Type: Database, Database: "Alpha"}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "viewers", caller, "")
		}, []string{`database "Alpha" forbidden`}},
		"the tables of a hidden database that is named": {Search{Type: table, Database: "Alpha"}, func(*testCluster, *entra.Principal) {}, []string{`database "Alpha" forbidden`}},
		"a table that is dropped before its turn": {Search{Type: table, Database: "Alpha"}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "admins", caller, "")
			s.remote.Observe(func(c kusto.Command) {
				if c.Text == ".show tables" {
					s.remote.Database("Alpha").Remove("table", "T")
				}
			})
		}, []string{`table "odd | 'n\"ame' é😀 Alpha" of database "Alpha"`}},
		"a database that is dropped before its turn": {Search{Type: table}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "admins", caller, "")
			s.remote.Grant(remoteSecurable(database("Gamma")), "admins", caller, "")
			s.remote.Observe(func(c kusto.Command) {
				if c.Text == ".show databases" {
					s.remote.RemoveDatabase("Alpha")
				}
			})
		}, nil},
		"a follower": {Search{Type: Database}, func(s *testCluster, caller *entra.Principal) {
			s.remote.Grant(remoteSecurable(database("Alpha")), "admins", caller, "")
			s.remote.Follow("Alpha")
		}, []string{`database "Alpha" ~`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caller := newApp("auditor")
			s := newTestCluster(t, func(o *testOptions) { o.Credential = &testCredential{principal: caller} })
			threeDatabases(s)
			test.prepare(s, caller)
			if got := s.find(test.search, all); !slices.Equal(got, test.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestFind_readsAsManyListsAtATimeAsAreNeeded(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	for i := range 40 {
		s.remote.Database("Samples").AddTable(fmt.Sprintf("T%02d", i))
	}
	search := Search{Type: typeOfSecurable("table"), Database: "Samples", Limit: time.Minute}
	for range s.Find(t.Context(), search, func() int { return 0 }) {
		break
	}
	s.wantSent(".show table ", 1)
	s.nextRun()
	s.remote.ResetCommands()
	gate := s.remote.Hold(func(c kusto.Command) bool { return strings.HasPrefix(c.Text, ".show table ") })
	found := make(chan []string)
	go func() { found <- s.find(search, func() int { return 100 }) }()
	for range mgmt.MaxConcurrentCommands {
		<-gate.Waiting()
	}
	if n := s.remote.InFlightPeak(); n != mgmt.MaxConcurrentCommands {
		t.Errorf("%d commands were under way, want %d", n, mgmt.MaxConcurrentCommands)
	}
	gate.Release()
	if got := <-found; len(got) != 40 || !slices.IsSorted(got) {
		t.Errorf("found\n%s", strings.Join(got, "\n"))
	}
}

func TestFind_endsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	s.remote.Database("Samples").AddTable("T")
	ctx, cancel := context.WithCancel(t.Context())
	s.remote.Observe(func(kusto.Command) { cancel() })
	for f := range s.Find(ctx, Search{Type: typeOfSecurable("table"), Limit: time.Minute}, all) {
		if !errors.Is(f.Err, mgmt.ErrInterrupted) {
			t.Errorf("found %s, %v", f.Securable, f.Err)
		}
	}
}

func TestDatabases_haveTheNameThatPeopleWrite(t *testing.T) {
	t.Parallel()
	guid := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", n) }
	s := newTestCluster(t)
	s.remote.AddDatabasePretty(guid(1), "Telemetry")
	s.remote.AddDatabasePretty(guid(2), "Twice")
	s.remote.AddDatabasePretty(guid(3), "twice")
	s.remote.AddDatabasePretty(guid(4), "samples")
	s.remote.AddDatabasePretty(guid(5), "")
	s.remote.AddDatabasePretty("Sales", "The sales")
	databases, err := s.Databases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range databases {
		got = append(got, d.DisplayName())
	}
	want := []string{guid(2), guid(3), guid(4), guid(5), "Sales", "Samples", "Telemetry"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEntities_areListedWithTheirFolders(t *testing.T) {
	t.Parallel()
	for _, k := range SecurableTypes {
		if !k.InsideDatabase() {
			continue
		}
		t.Run(k.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.remote.Database("Samples").AddIn(k.Keyword, "second", "Some/Folder")
			s.remote.Database("Samples").Add(k.Keyword, "First one")
			entities, err := s.Entities(t.Context(), k, "Samples")
			if err != nil {
				t.Fatal(err)
			}
			folder := "Some/Folder"
			if k.Slug == "graph_model" {
				folder = "" // its list has no folders
			}
			want := []Entity{{entity(k.Slug, "First one"), ""}, {entity(k.Slug, "second"), folder}}
			if !slices.Equal(entities, want) {
				t.Errorf("got %v, want %v", entities, want)
			}
		})
	}
}
