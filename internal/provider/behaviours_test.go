// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// behaviours are those that no document describes, or that differ between engines. The
// zero Behaviour comes first.
var behaviours = []struct {
	name   string
	is     kusto.Behaviour
	pretty bool // the database has a name beside its own
}{
	{name: "all off"},
	{name: "drop of an absent principal is an error", is: kusto.Behaviour{DropAbsentIsError: true}},
	{name: "add keeps notes", is: kusto.Behaviour{AddKeepsNotes: true}},
	{name: "set clears notes", is: kusto.Behaviour{SetClearsNotes: true}},
	{name: "columns up to notes, old words for types", is: kusto.Behaviour{Columns: "notes", OldTypeWords: true}},
	{name: "columns up to the FQN", is: kusto.Behaviour{Columns: "fqn"}},
	{name: "names in capitals", is: kusto.Behaviour{UpperNames: true}},
	{name: "pretty name", pretty: true},
	{name: "pretty name, GUIDs in answers", is: kusto.Behaviour{GUIDNames: true}, pretty: true},
	{name: "others' roles are forbidden", is: kusto.Behaviour{OthersRolesForbidden: true}},
	{name: "not found is a 404", is: kusto.Behaviour{NotFoundStatus: 404}},
	{name: "unrestricted viewer in two words, no metadata", is: kusto.Behaviour{UnrestrictedViewerWord: "Unrestricted Viewer", Metadata: "404"}},
	{name: "graph model in one word, metadata are empty", is: kusto.Behaviour{GraphModelWords: "GraphModel", Metadata: "empty"}},
	{name: "graph model without the model, metadata lack the resource", is: kusto.Behaviour{
		GraphModelWords: "Graph", Metadata: "missing:KustoServiceResourceId", ShowForeignNames: true,
	}},
	{name: "all on", is: kusto.Behaviour{
		DropAbsentIsError: true, AddKeepsNotes: true, SetClearsNotes: true, Columns: "notes", OldTypeWords: true, UpperNames: true,
		GUIDNames: true, OthersRolesForbidden: true, GraphModelWords: "GraphModel", UnrestrictedViewerWord: "Unrestricted Viewer",
		NotFoundStatus: 404, Metadata: "404",
	}, pretty: true},
}

// Each step ends with a plan that must be empty.
func TestBehaviours_grantsLiveThroughAll(t *testing.T) {
	t.Parallel()
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.SetBehaviour(b.is)
			l := lifecycle{testCluster: s, name: "Samples"}
			if b.pretty {
				s.RemoveDatabase("Samples")
				l.name = "0f5ad1b4-0000-4000-8000-00000000b4b4"
				s.AddDatabasePretty(l.name, "Samples")
			}
			s.Database("Samples").AddTable("Night Admin")
			s.Database("Samples").AddGraphModel("Friends")
			s.test(t, l.begins(), l.changes(), l.isRestored())
		})
	}
}

// lifecycle is a configuration with members and roles, in a database
// and inside it.
type lifecycle struct {
	*testCluster
	name string // the database's own
}

func (l lifecycle) hcl(notes, third string) string {
	return l.config(fmt.Sprintf(`
resource "kusto_database_principal" "noted" {
  database_name = "Samples"
  role          = "unrestrictedviewers"
  principal_fqn = "aadgroup=On-Call;contoso.com"
  notes         = %q
}
resource "kusto_database_principal" "plain" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = "aaduser=erin@fabrikam.com"
}
resource "kusto_table_principal" "it" {
  database_name = "Samples"
  table_name    = "Night Admin"
  role          = "ingestors"
  principal_fqn = "aadapp=dashboard;contoso.com"
  notes         = %[1]q
}
resource "kusto_graph_model_principal" "it" {
  database_name    = "Samples"
  graph_model_name = "Friends"
  role             = "admins"
  principal_fqn    = "aaduser=alice@contoso.com"
}
resource "kusto_database_role" "it" {
  database_name = "Samples"
  role          = "viewers"
  principals    = ["aaduser=sam.lee@contoso.com", "aaduser=sam.lee2@contoso.com;contoso.com", %q]
}
`, notes, third))
}

// lines is what the configuration makes.
func (l lifecycle) lines(notes, third string) []string {
	db := database(l.name)
	return []string{
		line(db, "unrestrictedviewers", who("On-Call").FQN(), notes),
		line(db, "users", who("erin@fabrikam.com").FQN(), ""),
		line(kusto.Securable{Kind: "table", Database: l.name, Entity: "Night Admin"}, "ingestors", who("dashboard").FQN(), notes),
		line(kusto.Securable{Kind: "graph_model", Database: l.name, Entity: "Friends"}, "admins", who("alice@contoso.com").FQN(), ""),
		line(db, "viewers", who("sam.lee@contoso.com").FQN(), ""),
		line(db, "viewers", who("sam.lee2@contoso.com").FQN(), ""),
		line(db, "viewers", who(third).FQN(), ""),
	}
}

func (l lifecycle) begins() resource.TestStep {
	return resource.TestStep{
		// somebody is there already, and looks like one who comes
		PreConfig: func() { l.Grant(database("Samples"), "viewers", who("sam.lee@contoso.com"), "") },
		Config:    l.hcl("first", "aaduser=bob@contoso.com"),
		Check:     l.holds(l.lines("first", "bob@contoso.com")...),
	}
}

func (l lifecycle) changes() resource.TestStep {
	return resource.TestStep{
		Config: l.hcl("second", "aadgroup=data-readers@contoso.com"),
		Check:  l.holds(l.lines("second", "Data Readers")...),
	}
}

// isRestored: somebody else takes grants of every resource away, and deletes a
// table under its grant and makes it anew.
func (l lifecycle) isRestored() resource.TestStep {
	return resource.TestStep{
		PreConfig: func() {
			l.Revoke(database("Samples"), "unrestrictedviewers", who("On-Call"))
			l.Revoke(database("Samples"), "users", who("erin@fabrikam.com"))
			l.Revoke(database("Samples"), "viewers", who("sam.lee2@contoso.com"))
			l.Database("Samples").Remove("table", "Night Admin")
			l.Database("Samples").AddTable("Night Admin")
		},
		Config: l.hcl("second", "aadgroup=data-readers@contoso.com"),
		Check:  l.holds(l.lines("second", "Data Readers")...),
	}
}
