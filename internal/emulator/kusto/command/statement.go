// SPDX-License-Identifier: MPL-2.0

// Package command parses the management commands for principals (.show, .add,
// .drop and .set), those that list databases and entities, and the one that refreshes
// the membership of groups (.clear). It follows Microsoft's KQL grammar and shares no
// code with the provider, so that the two cannot have the same mistake by accident.
package command

// Verbs of the commands.
const (
	Show  = ".show"
	Add   = ".add"
	Drop  = ".drop"
	Set   = ".set"
	Clear = ".clear" // cluster cache groupmembership, and nothing else
)

// Kinds of securable, as commands spell them.
const (
	Cluster          = "cluster"
	Database         = "database"
	Table            = "table"
	ExternalTable    = "external table"
	MaterializedView = "materialized-view"
	Function         = "function"
	GraphModel       = "graph_model"
	FollowerDatabase = "follower database"
)

// Lists, which can only be shown: the databases of a cluster, and the entities of the
// request's database.
const (
	Databases         = "databases"
	Tables            = "tables"
	ExternalTables    = "external tables"
	MaterializedViews = "materialized-views"
	Functions         = "functions"
	GraphModels       = "graph_models"
)

// Statement is one parsed command.
type Statement struct {
	Verb string // one of the verbs above
	Kind string // one of the kinds or lists above
	Name string // the securable's name, unescaped; "" for a cluster or a list
	Role string // plural word, such as "admins"; "" for Show and Clear

	Principals  []string // as written, unescaped, in order; nil for "none"
	None        bool     // .set … none
	SkipResults bool
	Notes       *string // nil if omitted

	Roles     bool    // .show … principal roles, not .show … principals
	Principal *string // .show … principal '<fqn>' roles; nil for the caller's own

	Details []string // .show tables (…) details: the names, unescaped, in order

	Properties []Property // .clear … with (…), in order
}

// Property is a property of .clear. Name is "principal" or "group".
type Property struct{ Name, Value string }

// Property returns the value of a property, if the command has it.
func (s Statement) Property(name string) (string, bool) {
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// roles are the roles of each kind of securable. Those that the grammar has for a cluster
// besides, such as "admins", are on no page for customers.
var roles = map[string][]string{
	Cluster:          {"alldatabasesadmins", "alldatabasesviewers", "alldatabasesmonitors"},
	Database:         {"admins", "users", "viewers", "unrestrictedviewers", "ingestors", "monitors"},
	Table:            {"admins", "ingestors"},
	ExternalTable:    {"admins"},
	MaterializedView: {"admins"},
	Function:         {"admins"},
	GraphModel:       {"admins"},
	FollowerDatabase: {"admins", "users", "viewers", "monitors"},
}

// Roles returns the roles of a kind of securable, as commands spell them, in the
// order of Microsoft's documents. It returns nil for a kind without roles.
func Roles(kind string) []string { return append([]string(nil), roles[kind]...) }
