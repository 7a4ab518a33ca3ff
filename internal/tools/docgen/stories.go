// SPDX-License-Identifier: MPL-2.0

package main

// story is the content of the examples of one securable type.
type story struct {
	database string
	// members are single grants. A grant on an entity comes with a role on its
	// database.
	members []member
	// role is managed as a whole for holders. why is its comment, holdersAre the
	// label for all holders.
	role, why, holdersAre string
	holders               []string
	// notes are those of a holder, if its principal is not empty.
	notes attribute
	// access is who has which role, if one resource manages them all, and accessWhy its comment.
	access    []holding
	accessWhy string
	// reads is the role of the data source, "" for all roles. output and shows are
	// the name and the value of its output.
	reads, output, shows string
}

// member is one grant. label is its name in HCL, why its comment.
type member struct{ label, why, role, principal, notes string }

// holding is a role, and who holds it.
type holding struct {
	role    string
	holders []string
}

// everyone and direct are the values of a data source's output.
const (
	everyone = "[for p in %s.principals : p.principal_display_name]"
	direct   = "[for p in %s.principals : p.principal_fqn if !p.inherited]"
)

var stories = map[string]story{
	"cluster": {
		members: []member{
			{"on_call", "A group that looks at the load of the cluster, and at no data.", "alldatabasesmonitors", "aadgroup=On-Call;contoso.com", "looks at slow queries"},
			{"dashboard", "An application that reads all databases, and those that are created later.", "alldatabasesviewers", "aadapp=dashboard;contoso.com", ""},
		},
		reads: "alldatabasesadmins", output: "cluster_admins", shows: everyone,
	},
	"database": {
		database: "Samples",
		members: []member{
			{"dashboard", "An application, identified by its client ID.", "viewers", "aadapp=00000000-0000-4000-8000-0000000000a2;contoso.com", "the sales dashboard"},
			{"analysts", "A group, identified by its display name.", "users", "aadgroup=Data Readers;contoso.com", ""},
			{"partner", "A user of another tenant. Kusto does not show the user's name, so the notes contain it.", "ingestors", "aaduser=erin@fabrikam.com", "Erin Cole at Fabrikam, until the migration ends"},
		},
		role: "viewers", why: "All viewers of the database. Other principals are removed from the role.",
		holders:   []string{"aadgroup=Data Readers;contoso.com", "aadapp=dashboard;contoso.com", "aaduser=alice@contoso.com"},
		notes:     attribute{"aadapp=dashboard;contoso.com", "the sales dashboard"},
		accessWhy: "All access to the database: nobody else has a role on it.",
		access: []holding{
			{"admins", []string{"aadapp=ci-deployer;contoso.com", "aadgroup=On-Call;contoso.com"}},
			{"viewers", []string{"aadgroup=Data Readers;contoso.com", "aadapp=dashboard;contoso.com"}},
			{"ingestors", []string{"aadapp=telemetry-agent;contoso.com"}},
		},
		reads: "admins", output: "admins", shows: everyone,
	},
	"table": {
		database: "Samples",
		members: []member{
			{"telemetry", "The agent writes to this table. As one of the users, it can also read the database.", "ingestors", "aadapp=telemetry-agent;contoso.com", "writes storm reports"},
		},
		role: "ingestors", why: "All ingestors of the table. Other principals are removed from the role.", holdersAre: "writers",
		holders:   []string{"aadapp=telemetry-agent;contoso.com", "aadapp=stream-analytics;contoso.com"},
		accessWhy: "All access to the table: nobody else has a role on it.",
		access: []holding{
			{"admins", []string{"aadgroup=Lake Owners;contoso.com"}},
			{"ingestors", []string{"aadapp=telemetry-agent;contoso.com"}},
		},
		reads: "ingestors", output: "direct_ingestors", shows: direct,
	},
	"external_table": {
		database: "Samples",
		members: []member{
			{"lake_owners", "The group can change the storage account of the external table.", "admins", "aadgroup=Lake Owners;contoso.com", "own the storage account behind it"},
		},
		role: "admins", why: "All admins of the external table. Other principals are removed from the role.", holdersAre: "owners",
		holders: []string{"aadgroup=Lake Owners;contoso.com"},
		output:  "who_can_alter_it", shows: everyone,
	},
	"materialized_view": {
		database: "Samples",
		members: []member{
			{"bob", "Bob can change the query of the view without being an admin of the database.", "admins", "aaduser=bob@contoso.com", "maintains the daily counts"},
		},
		role: "admins", why: "All admins of the view. Other principals are removed from the role.", holdersAre: "maintainers",
		holders: []string{"aaduser=bob@contoso.com", "aaduser=alice@contoso.com"},
		output:  "maintainers", shows: direct,
	},
	"function": {
		database: "Samples",
		members: []member{
			{"query_library", "The pipeline that deploys the function.", "admins", "aadapp=query-library;contoso.com", "deploys from contoso/queries"},
		},
		role: "admins", why: "All admins of the function. Other principals are removed from the role.", holdersAre: "deployers",
		holders: []string{"aadapp=query-library;contoso.com"},
		output:  "deployers", shows: direct,
	},
	"graph_model": {
		database: "Samples",
		members: []member{
			{"network_team", "The group can change the nodes and edges of the graph model.", "admins", "aadgroup=Network Team;contoso.com", ""},
		},
		role: "admins", why: "All admins of the graph model. Other principals are removed from the role.", holdersAre: "modellers",
		holders: []string{"aadgroup=Network Team;contoso.com", "aaduser=alice@contoso.com"},
		output:  "who_can_change_it", shows: everyone,
	},
}
