// Package command reads the management commands that deal with principals
// (.show, .add, .drop and .set) the way the Kusto service reads them. It
// follows Microsoft's KQL grammar and shares nothing with the code under test,
// so that a mistake in one shows against the other.
package command

// Verbs of the commands.
const (
	Show  = ".show"
	Add   = ".add"
	Drop  = ".drop"
	Set   = ".set"
	Alter = ".alter"
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

// Statement is one command, understood.
type Statement struct {
	Verb string // Show, Add, Drop, Set or Alter
	Kind string // one of the kinds above
	Name string // the securable's name, unescaped; "" for a cluster
	Role string // plural word, such as "admins"; "" for Show and Alter

	Principals  []string // as written, unescaped, in order; nil for "none"
	None        bool     // .set … none
	SkipResults bool
	Notes       *string // nil when left out

	Roles     bool    // .show … principal roles, rather than .show … principals
	Principal *string // .show … principal '<fqn>' roles; nil for the caller's own

	ModificationKind string // .alter follower database: none, union or replace
}

// roles lists the role words each kind of securable takes.
var roles = map[string][]string{
	Database:         {"admins", "users", "viewers", "unrestrictedviewers", "ingestors", "monitors"},
	Table:            {"admins", "ingestors"},
	ExternalTable:    {"admins"},
	MaterializedView: {"admins"},
	Function:         {"admins"},
	GraphModel:       {"admins"},
	FollowerDatabase: {"admins", "users", "viewers", "monitors"},
}

// Roles returns the role words that a kind of securable takes, in the order of
// the documents; nil for a kind that has none.
func Roles(kind string) []string { return append([]string(nil), roles[kind]...) }
