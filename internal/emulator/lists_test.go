// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// lists are the commands that list entities.
var lists = []string{".show tables", ".show external tables", ".show materialized-views", ".show functions", ".show graph_models"}

// columns joins the names of an answer's columns.
func (a *answer) columns() string {
	var names []string
	for _, c := range a.Tables[0].Columns {
		names = append(names, c.ColumnName)
	}
	return strings.Join(names, ", ")
}

func TestLists_haveMicrosoftsColumns(t *testing.T) {
	s := newFixture(t)
	for command, want := range map[string]string{
		".show tables":          "TableName, DatabaseName, Folder, DocString",
		".show external tables": "TableName, TableType, Folder, DocString, Properties, ConnectionStrings, Partitions, PathFormat",
		".show materialized-views": "Name, SourceTable, Query, MaterializedTo, LastRun, LastRunResult, IsHealthy, IsEnabled, Folder, DocString, " +
			"AutoUpdateSchema, EffectiveDateTime, Lookback, LookbackColumn",
		".show functions":    "Name, Parameters, Body, Folder, DocString",
		".show graph_models": "Name, CreationTime, Id",
	} {
		a := s.run("Samples", command)
		if rows := a.rows(t); len(rows) != 1 || len(rows[0]) != len(a.Tables[0].Columns) {
			t.Errorf("%s: rows %q", command, rows)
		}
		if got := a.columns(); got != want {
			t.Errorf("%s: got %s, want %s", command, got, want)
		}
	}
}

func TestLists_showTheEntitiesOfOneDatabase(t *testing.T) {
	s := newFixture(t)
	s.cluster.AddDatabase("Empty")
	db := s.cluster.Database("Samples")
	for _, kind := range []string{"table", "external table", "materialized-view", "function", "graph_model"} {
		db.AddIn(kind, "Another", "Raw/Old")
		db.AddIn(kind, "zeta", "")
		db.AddIn(kind, "Gone", "")
		db.Remove(kind, "Gone")
	}
	for _, c := range []struct {
		command, names string
		folder         int // the column, 0 for none
	}{
		{".show tables", "Another, StormEvents, zeta", 2},
		{".show external tables", "Another, Ext1, zeta", 2},
		{".show materialized-views", "Another, MV1, zeta", 8},
		{".show functions", "Another, F1, zeta", 3},
		{".show graph_models", "Another, G1, zeta", 0},
	} {
		rows := s.run("sAMPLES", c.command).rows(t)
		if got := cells(rows, 0); got != c.names {
			t.Errorf("%s: got %s, want %s", c.command, got, c.names)
		}
		if got := cells(rows, c.folder); c.folder > 0 && got != "Raw/Old, , " {
			t.Errorf("%s: folders %s", c.command, got)
		}
		if rows := s.run("Empty", c.command).rows(t); len(rows) != 0 {
			t.Errorf("%s of an empty database: %q", c.command, rows)
		}
	}
}

func TestTables_nameTheDatabaseByBehaviour(t *testing.T) {
	const guid = "11111111-1111-4111-8111-111111111111"
	for want, behaviour := range map[string]fakekusto.Behaviour{"My Eventhouse": {}, guid: {GUIDNames: true}} {
		s := newFixture(t)
		s.cluster.AddDatabasePretty(guid, "My Eventhouse").AddTable("T")
		s.cluster.SetBehaviour(behaviour)
		for _, db := range []string{guid, "my eventhouse"} {
			if rows := s.run(db, ".show tables").rows(t); len(rows) != 1 || rows[0][1] != want {
				t.Errorf("in %s: %q, want %s", db, rows, want)
			}
		}
	}
}

// listers give a principal something, and say whether it may list the entities of
// Samples with it, and the graph models.
var listers = map[string]struct {
	give             func(*fixture, *entra.Principal)
	status, ofGraphs int
}{
	"nothing":              {func(*fixture, *entra.Principal) {}, 403, 403},
	"admins":               {granting(samples, "admins"), 200, 200},
	"users":                {granting(samples, "users"), 200, 403},
	"viewers":              {granting(samples, "viewers"), 200, 403},
	"monitors":             {granting(samples, "monitors"), 200, 403},
	"ingestors":            {granting(samples, "ingestors"), 403, 403},
	"unrestricted viewers": {granting(samples, "unrestrictedviewers"), 403, 403},
	"shared admins":        {sharing("admins"), 200, 200},
	"shared viewers":       {sharing("viewers"), 200, 403},
	"cluster's admins":     {granting(fakekusto.Securable{Kind: "cluster"}, "alldatabasesadmins"), 200, 200},
	"cluster's viewers":    {granting(fakekusto.Securable{Kind: "cluster"}, "alldatabasesviewers"), 200, 403},
	"cluster's monitors":   {granting(fakekusto.Securable{Kind: "cluster"}, "alldatabasesmonitors"), 200, 403},
	"follower's viewers":   {granting(fakekusto.Securable{Kind: "follower database", Database: "Samples"}, "viewers"), 200, 403},
	"a table's admins":     {granting(fakekusto.Securable{Kind: "table", Database: "Samples", Entity: "StormEvents"}, "admins"), 403, 403},
	"a group's role": {func(f *fixture, p *entra.Principal) {
		f.Directory().AddMember(f.Directory().Must("On-Call"), p)
		f.cluster.Grant(samples, "users", f.Directory().Must("On-Call"), "")
	}, 200, 403},
}

func granting(s fakekusto.Securable, role string) func(*fixture, *entra.Principal) {
	return func(f *fixture, p *entra.Principal) { f.cluster.Grant(s, role, p, "") }
}

func sharing(role string) func(*fixture, *entra.Principal) {
	return func(f *fixture, p *entra.Principal) { f.cluster.Database("Samples").Share(role, p) }
}

func TestLists_areForUsersViewersAndMonitors(t *testing.T) {
	for name, c := range listers {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			alice := s.Directory().Must("alice@contoso.com")
			c.give(s, alice)
			for _, command := range lists {
				want := c.status
				if command == ".show graph_models" {
					want = c.ofGraphs
				}
				a, err := s.send(s.AppToken(alice, kusto, time.Hour), "Samples", command)
				if err != nil || a.status != want {
					t.Fatalf("%s: %v, %v, want %d", command, a, err, want)
				}
				if want == 403 && a.Error.Detail != "Principal '"+alice.FQN()+"' is not authorized to read database 'Samples'." {
					t.Errorf("%s: %s", command, a.raw)
				}
			}
		})
	}
}

func TestLists_refuseADatabaseThatDoesNotExist(t *testing.T) {
	s := newFixture(t)
	for want, behaviour := range map[string]fakekusto.Behaviour{
		"Entity ID '[DB Nowhere v?.?]' of kind 'Database' was not found.": {},
		"Entity name 'Nowhere' of kind 'Database' does not exist.":        {NotFound: "name"},
	} {
		s.cluster.SetBehaviour(behaviour)
		for _, command := range lists {
			if a := s.run("Nowhere", command); a.status != map[string]int{"": 400, "name": 404}[behaviour.NotFound] || a.Error.Detail != want {
				t.Errorf("%s: %d %s", command, a.status, a.raw)
			}
		}
	}
}

func TestLists_areLoggedWithTheirPlural(t *testing.T) {
	s := newFixture(t)
	for _, command := range lists {
		s.run("Samples", command)
	}
	for i, command := range s.cluster.Commands() {
		want := fakekusto.Securable{Kind: strings.TrimPrefix(lists[i], ".show "), Database: "Samples"}
		if command.Verb != ".show" || command.Securable != want || command.Status != 200 {
			t.Errorf("%s: %+v", lists[i], command)
		}
	}
}

func TestDatabases_areListedInADatabaseThatExists(t *testing.T) {
	s := newFixture(t)
	s.cluster.AddDatabasePretty("11111111-1111-4111-8111-111111111111", "My Eventhouse")
	for db, want := range map[string]int{
		"": 200, "NetDefaultDB": 200, "netdefaultdb": 200, "Samples": 200, "sAMPLES": 200, "my eventhouse": 200, "Nowhere": 400, "NetDefaultDB2": 400,
	} {
		a := s.run(db, ".show databases")
		if a.status != want || want == 400 && a.Error.Detail != "Entity ID '[DB "+db+" v?.?]' of kind 'Database' was not found." {
			t.Errorf("in %q: %d %s", db, a.status, a.raw)
		}
	}
	s.cluster.SetBehaviour(fakekusto.Behaviour{OwnDatabasesHidden: true})
	reader := s.Directory().AddApp(entra.ContosoTenantID, "reader")
	s.cluster.Grant(fakekusto.Securable{Kind: "database", Database: "Samples"}, "viewers", reader, "")
	for db, want := range map[string]int{"NetDefaultDB": 0, "Samples": 1} {
		a, err := s.send(s.AppToken(reader, kusto, time.Hour), db, ".show databases")
		if err != nil || len(a.Tables[0].Rows) != want {
			t.Errorf("in %q, one with a role on a database sees %s, %v", db, a.raw, err)
		}
	}
	if a := s.run("NetDefaultDB", ".show tables"); a.status != 400 {
		t.Errorf("the tables of no database: %d %s", a.status, a.raw)
	}
}
