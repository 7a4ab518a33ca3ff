// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"strings"
	"testing"

	grammar "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// words are how answers write the roles, the emulator's lexer being no party to it.
var singular = map[Role]string{
	Admins: "Admin", Users: "User", Viewers: "Viewer", UnrestrictedViewers: "UnrestrictedViewer",
	Ingestors: "Ingestor", Monitors: "Monitor",
}

var oddNames = []string{
	"Samples", "My DB", "Night Admin", "users", "X Unrestricted", "Database", "Table Ingestor", "we'ird[\"]",
	"c0ffee00-0000-4000-8000-000000000001", "ünïcode 😀", "AllDatabasesAdmin", "a", "Admin",
}

func TestDirectRole_readsEveryKindAndRole(t *testing.T) {
	t.Parallel()
	for _, k := range SecurableTypes {
		for _, role := range k.Roles {
			for _, name := range oddNames {
				for _, beginning := range k.RolePrefixes {
					s := named(k, name)
					words := beginning + " " + name + " " + singular[role]
					for _, written := range []string{words, strings.ToUpper(words), strings.ToLower(words)} {
						if got, ok := s.directRole(written); !ok || got != role {
							t.Errorf("%s: %q reads as %q, %t; want %q", s, written, got, ok, role)
						}
					}
				}
			}
		}
	}
}

func named(k *SecurableType, name string) Securable {
	switch {
	case k.InsideDatabase():
		return Securable{Type: k, Database: "Samples", Name: name}
	case k == Cluster:
		return theCluster
	}
	return Securable{Type: k, Database: name}
}

func TestDirectRole_isKeptToTheSecurableItself(t *testing.T) {
	t.Parallel()
	guid := "c0ffee00-0000-4000-8000-000000000001"
	for _, tc := range []struct {
		in     Securable
		words  string
		role   Role
		direct bool
	}{
		{theCluster, "AllDatabasesAdmin", AllDatabasesAdmins, true},
		{theCluster, " ALLDATABASESVIEWER ", AllDatabasesViewers, true},
		{theCluster, "AllDatabasesMonitor", AllDatabasesMonitors, true},
		{theCluster, "AllDatabasesUser", "", false},
		{theCluster, "AllDatabasesAdmins", "", false},
		{theCluster, "Cluster Admin", "", false}, // the grammar has a role "admins" of its own
		{theCluster, "Admin", "", false},
		{theCluster, "Database AllDatabasesAdmin", "", false},
		{database("Samples"), "AllDatabasesAdmin", "", false},
		{entity("table", "T"), "AllDatabasesAdmin", "", false},
		{database("Samples"), "AllDatabasesViewer", "", false},
		{database("Samples"), "Database " + guid + " Viewer", Viewers, true},
		{database("Samples"), "Database Samples Unrestricted Viewer", UnrestrictedViewers, true},
		{database("X Unrestricted"), "Database X Unrestricted Viewer", Viewers, true},
		{database("x unrestricted"), "Database X UNRESTRICTED Viewer", Viewers, true},
		{database("X Unrestricted"), "Database X Unrestricted Unrestricted Viewer", UnrestrictedViewers, true},
		{database("X"), "Database X Unrestricted Viewer", UnrestrictedViewers, true},
		{database("Pretty"), "Database " + guid + " UnrestrictedViewer", UnrestrictedViewers, true},
		{database("Samples"), "Database Samples Owner", "", false},
		{database("Samples"), "Database Admin", Admins, true},
		{database("Samples"), "Database UnrestrictedViewer", UnrestrictedViewers, true},
		{database("Unrestricted"), "Database Unrestricted Viewer", Viewers, true},
		{database("Admin"), "Database Admin Viewer", Viewers, true},
		{entity("table", "T"), "Database Admin", "", false},
		{entity("table", "T"), "Cluster Admin", "", false},
		{database("Samples"), "Cluster User", "", false},
		{database("Samples"), "AllDatabasesViewer", "", false},
		{database("Samples"), "Database Samples GraphAdmin", "", false},
		{database("Samples"), "DatabaseSamples Admin", "", false},
		{database("Samples"), "Database SamplesAdmin", "", false},
		{database("Samples"), "", "", false},
		{database("Samples"), "  Database Samples Admin  ", Admins, true},
		{database("Samples"), "Table Samples Admin", "", false},
		{entity("table", "T"), "Database Samples Admin", "", false},
		{entity("table", "T"), "Database Table T Admin", "", false},
		{entity("table", "T"), "Table T Viewer", "", false},
		{entity("table", "Night Admin"), "Table Night Admin Ingestor", Ingestors, true},
		{entity("table", "Night Admin"), "Table Night Admin Admin", Admins, true},
		{entity("table", "T"), "External Table T Admin", "", false},
		{entity("external_table", "T"), "Table T Admin", "", false},
		{entity("external_table", "T"), "ExternalTable T Admin", Admins, true},
		{entity("materialized_view", "V"), "Materialized-View V Admin", Admins, true},
		{entity("function", "F"), "Function F Admin", Admins, true},
		{entity("graph_model", "G"), "Graph Model G Admin", Admins, true},
		{entity("graph_model", "G"), "GraphModel G Admin", Admins, true},
		{entity("graph_model", "G"), "graph_model G Admin", Admins, true},
		{entity("graph_model", "G"), "Graph G Admin", Admins, true},
		{entity("graph_model", "G"), "Graph G GraphAdmin", Admins, true},
		{entity("graph_model", "G"), "Graph Model G GraphAdmin", Admins, true},
		{entity("graph_model", "G"), "Network G Admin", "", false},
	} {
		role, direct := tc.in.directRole(tc.words)
		if role != tc.role || direct != tc.direct {
			t.Errorf("%s: %q reads as %q, %t; want %q, %t", tc.in, tc.words, role, direct, tc.role, tc.direct)
		}
	}
}

// The emulator's grammar is written from Microsoft's, so it vouches for the table.
func TestSecurableTypes_areThoseOfTheGrammar(t *testing.T) {
	t.Parallel()
	for _, k := range SecurableTypes {
		if got := strings.Join(grammar.Roles(k.Keyword), " "); got != strings.Join(k.RoleNames(), " ") {
			t.Errorf("%s has the roles %v; the grammar says %s", k.Noun, k.RoleNames(), got)
		}
		if k.Has("owners") {
			t.Errorf("%s has owners", k.Noun)
		}
		names := map[string]string{"cluster_uri": "cluster_uri", "database_name": "cluster_uri database_name"}
		want, isOutside := names[k.NameAttribute()]
		if want == "" {
			want = "cluster_uri database_name " + k.Slug + "_name"
		}
		if got := strings.Join(k.NameAttributes(), " "); got != want || isOutside == k.InsideDatabase() {
			t.Errorf("%s: %s, inside a database: %t", k.Noun, got, k.InsideDatabase())
		}
	}
}

func TestSecurableKey_followsKustosCase(t *testing.T) {
	t.Parallel()
	if database("Samples").key() != database("SAMPLES").key() {
		t.Error("database names have no case")
	}
	if entity("table", "T").key() == entity("table", "t").key() {
		t.Error("names of entities have case")
	}
	if entity("table", "T").key() == entity("function", "T").key() {
		t.Error("a table is no function")
	}
}

func TestCheckIdentifier_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Samples": "", "My DB": "", "we'ird[\"]": "", "naïve.name-1_": "", "users": "", "1day": "",
		strings.Repeat("ü", 1024): "",
		"":                        "must not be empty",
		"  ":                      "must not be empty",
		strings.Repeat("ü", 1025): "at most 1024 characters, this one has 1025",
		"a\nb":                    "cannot contain control characters, this one contains U+000A",
		"a\tb":                    "U+0009",
		"a\u2028b":                "U+2028",
		"a\x00b":                  "U+0000",
		"a\xffb":                  "not valid UTF-8",
	} {
		wantError(t, name, CheckIdentifier(name), want)
	}
}

// wantError checks that an error says something; an empty want is no error.
func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%q: %v", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%q: error %v, want one with %q", what, err, want)
	}
}
