// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestAdd_answersWithTheResolvedList(t *testing.T) {
	s := newFixture(t)
	s.cluster.Grant(fakekusto.Securable{Kind: "database", Database: "Samples"}, "admins", s.Directory().Must("bob@contoso.com"), "")
	a := s.run("samples", `.add database ['SAMPLES'] users ('AADUSER=Alice@Contoso.com', "aadapp=dashboard;contoso.com") 'it''s'`)
	if a.status != 400 { // a doubled quote does not escape
		t.Fatalf("status %d: %s", a.status, a.raw)
	}
	rows := s.run("samples", `.add database ['SAMPLES'] users ('AADUSER=Alice@Contoso.com', "aadapp=dashboard;contoso.com") 'it\'s'`).rows(t)
	want := [][]string{
		{"AllDatabasesAdmin", "Microsoft Entra app", "ci-deployer (app id: " + entra.CIDeployerAppID + ")", "", "aadapp=" + entra.CIDeployerAppID + ";" + entra.ContosoTenantID, ""},
		{"Database Samples Admin", "Microsoft Entra user", "Bob Marsh (upn: bob@contoso.com)", "", s.Directory().Must("bob@contoso.com").FQN(), ""},
		{"Database Samples User", "Microsoft Entra user", "Alice Ng (upn: alice@contoso.com)", "", s.Directory().Must("alice@contoso.com").FQN(), "it's"},
		{"Database Samples User", "Microsoft Entra app", "dashboard (app id: 00000000-0000-4000-8000-0000000000a2)", "", s.Directory().Must("dashboard").FQN(), "it's"},
	}
	if len(rows) != len(want) {
		t.Fatalf("rows: %q", rows)
	}
	for i, row := range rows {
		for column, value := range want[i] {
			if column != 3 && row[column] != value {
				t.Errorf("row %d column %d: got %q, want %q", i, column, row[column], value)
			}
		}
		if len(row) != 7 || row[6] == "" || row[3] == "" {
			t.Errorf("row %d is %q", i, row)
		}
	}
}

// cells joins one column of rows.
func cells(rows [][]string, column int) string {
	picked := make([]string, len(rows))
	for i, row := range rows {
		picked[i] = row[column]
	}
	return strings.Join(picked, ", ")
}

func TestRole_namesEverySecurable(t *testing.T) {
	s := newFixture(t)
	s.cluster.Database("Samples").AddTable("Night Admin")
	s.cluster.Grant(samples, "admins", s.Directory().Must("erin@fabrikam.com"), "")
	inherited := "AllDatabasesAdmin, Database Samples Admin, "
	// who creates an entity is an admin of it, but for external tables
	for command, want := range map[string]string{
		".add database Samples unrestrictedviewers": inherited + "Database Samples UnrestrictedViewer",
		".add table StormEvents ingestors":          inherited + "Table StormEvents Admin, Table StormEvents Ingestor",
		".add table ['Night Admin'] admins":         inherited + "Table Night Admin Admin, Table Night Admin Admin",
		".add external table Ext1 admins":           inherited + "External Table Ext1 Admin",
		".add materialized-view MV1 admins":         inherited + "Materialized View MV1 Admin, Materialized View MV1 Admin",
		".add function F1 admins":                   inherited + "Function F1 Admin, Function F1 Admin",
		".add graph_model G1 admins":                inherited + "Graph Model G1 Admin, Graph Model G1 Admin",
		".add follower database Samples monitors":   "AllDatabasesAdmin, Database Samples Monitor",
	} {
		rows := s.run("Samples", command+" ('aaduser=alice@contoso.com')").rows(t)
		if got := cells(rows, 0); got != want {
			t.Errorf("%s: got %s, want %s", command, got, want)
		}
	}
	const deployer = "ci-deployer (app id: " + entra.CIDeployerAppID + ")"
	rows := s.run("Samples", ".show table StormEvents principals").rows(t)
	if got, want := cells(rows, 2), deployer+", User from AAD tenant "+entra.FabrikamTenantID+", "+deployer+", Alice Ng (upn: alice@contoso.com)"; got != want {
		t.Errorf("display names: got %s, want %s", got, want)
	}
}

func TestCommands_changeMembersAndNotes(t *testing.T) {
	s := newFixture(t)
	steps := []struct{ command, want string }{
		{".add database Samples users ('aaduser=alice@contoso.com', 'aaduser=bob@contoso.com') 'first'", "alice first, bob first"},
		{".add database Samples users ('aaduser=alice@contoso.com') 'second'", "alice second, bob first"},
		{".add database Samples users ('aaduser=alice@contoso.com')", "alice second, bob first"},
		{".set database Samples users ('aaduser=alice@contoso.com', 'aaduser=sam.lee@contoso.com')", "alice second, sam.lee "},
		{".set database Samples users ('aaduser=alice@contoso.com') 'third'", "alice third"},
		{".drop database Samples users ('aaduser=bob@contoso.com')", "alice third"},
		{".drop database Samples users ('aaduser=bob@contoso.com', 'aaduser=alice@contoso.com') skip-results", ""},
		{".add database Samples users ('aaduser=alice@contoso.com', 'AADUSER=alice@contoso.com;contoso.com')", "alice "},
		{".set database Samples users none", ""},
	}
	for _, step := range steps {
		if a := s.run("", step.command); a.status != 200 {
			t.Fatalf("%s: %s", step.command, a.raw)
		}
		var held []string
		for _, g := range s.cluster.Grants(samples) {
			upn := s.Directory().Must(g.FQN[len("aaduser=") : len(g.FQN)-37]).UPN
			held = append(held, strings.TrimSuffix(upn, "@contoso.com")+" "+g.Notes)
		}
		if got := strings.Join(held, ", "); got != step.want {
			t.Errorf("%s: holds %q, want %q", step.command, got, step.want)
		}
	}
	if rows := s.run("", ".add database Samples users ('aaduser=alice@contoso.com') skip-results").rows(t); len(rows) != 0 {
		t.Errorf("skip-results answered %v", rows)
	}
}

func TestPermissions_followMicrosoftsTable(t *testing.T) {
	s := newFixture(t)
	d := s.Directory()
	grant := func(kind, entity, role, who string) {
		s.cluster.Grant(fakekusto.Securable{Kind: kind, Database: "Samples", Entity: entity}, role, d.Must(who), "")
	}
	d.AddMember(d.Must("On-Call"), d.Must("bob@contoso.com"))
	grant("database", "", "admins", "On-Call")
	grant("database", "", "monitors", "alice@contoso.com")
	grant("table", "StormEvents", "admins", "sam.lee@contoso.com")
	grant("external table", "Ext1", "admins", "sam.lee@contoso.com")
	grant("function", "F1", "admins", "sam.lee@contoso.com")
	grant("table", "StormEvents", "ingestors", "dashboard")
	const p = " ('aaduser=erin@fabrikam.com')"
	for _, c := range []struct {
		who, command string
		want         int
	}{
		{"bob@contoso.com", ".add database Samples users" + p, 200}, // through the group
		{"bob@contoso.com", ".add external table Ext1 admins" + p, 200},
		{"alice@contoso.com", ".show database Samples principals", 200},
		{"alice@contoso.com", ".add database Samples users" + p, 403},
		{"sam.lee@contoso.com", ".add table StormEvents admins" + p, 200},
		{"sam.lee@contoso.com", ".show table StormEvents principals", 200},
		{"sam.lee@contoso.com", ".add function F1 admins" + p, 200},
		{"sam.lee@contoso.com", ".add external table Ext1 admins" + p, 403}, // needs a database admin
		{"sam.lee@contoso.com", ".add materialized-view MV1 admins" + p, 403},
		{"sam.lee@contoso.com", ".show database Samples principals", 403},
		{"dashboard", ".add table StormEvents ingestors" + p, 403},
		{"dashboard", ".show table StormEvents principal roles", 200},
		{"dashboard", ".show table StormEvents principal 'aaduser=bob@contoso.com' roles", 403},
		{"bob@contoso.com", ".show table StormEvents principal 'aaduser=bob@contoso.com' roles", 200},
		{"bob@contoso.com", ".show cluster principals", 403},
		{"ci-deployer", ".show cluster principals", 200},
		{"bob@contoso.com", ".add cluster alldatabasesviewers" + p, 403},
		{"bob@contoso.com", ".show cluster principal roles", 200},
		{"ci-deployer", ".show cluster principal 'aaduser=bob@contoso.com' roles", 200},
		{"ci-deployer", ".add cluster alldatabasesmonitors" + p, 200},
		{"ci-deployer", ".add database Nowhere users" + p, 400},
		{"ci-deployer", ".add table stormevents admins" + p, 400}, // names of entities are case-sensitive
		{"ci-deployer", ".add database sAMPLES users" + p, 200},
	} {
		a, err := s.send(s.AppToken(d.Must(c.who), kusto, time.Hour), "Samples", c.command)
		if err != nil || a.status != c.want {
			t.Errorf("%s as %s: %v, %v", c.command, c.who, a, err)
		}
		if a.status == 403 && (a.Error.Code != "Forbidden" || !strings.Contains(a.Error.Detail, "Principal '"+d.Must(c.who).FQN()+"' is not authorized to")) {
			t.Errorf("error: %s", a.raw)
		}
	}
}

func TestPrincipalRoles_areTheCallersOrAnothers(t *testing.T) {
	s := newFixture(t)
	s.cluster.Grant(samples, "users", s.Directory().Must("alice@contoso.com"), "")
	rows := s.run("Samples", ".show database Samples principal 'aaduser=alice@contoso.com' roles").rows(t)
	if len(rows) != 1 || rows[0][0] != "Samples" || rows[0][2] != s.Directory().Must("alice@contoso.com").ObjectID || rows[0][3] != "User" {
		t.Errorf("rows %v", rows)
	}
	if own := s.run("Samples", ".show database Samples principal roles").rows(t); len(own) != 1 || own[0][3] != "AllDatabasesAdmin" {
		t.Errorf("the caller's own: %v", own)
	}
}

func TestErrors_haveTheServicesForm(t *testing.T) {
	s := newFixture(t)
	a := s.run("Samples", ".add database users users ('x')")
	if a.status != 400 || !strings.HasPrefix(a.Error.Detail, "Syntax error: ") || !a.Error.Permanent {
		t.Errorf("syntax: %s", a.raw)
	}
	if a.Error.Context["clientRequestId"] != "test;1" || a.Error.Context["activityId"] != a.header.Get("x-ms-activity-id") || a.header.Get("x-ms-client-request-id") != "test;1" {
		t.Errorf("ids: %v, %v", a.header, a.Error.Context)
	}
	command := s.cluster.Commands()[0]
	if command.Status != 400 || command.App != "emulator-test" || command.ClientRequestID != "test;1" || command.Verb != "" {
		t.Errorf("logged: %+v", command)
	}
}
