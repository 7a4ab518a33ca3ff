package kusto

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Role is a security role as commands write it: a plural word such as "admins".
type Role string

// The security roles that commands can grant.
const (
	Admins              Role = "admins"
	Users               Role = "users"
	Viewers             Role = "viewers"
	UnrestrictedViewers Role = "unrestrictedviewers"
	Ingestors           Role = "ingestors"
	Monitors            Role = "monitors"
)

// Kind is a kind of securable. Kinds holds the only values; resources, data
// sources, validators, commands and documentation all derive from that table.
type Kind struct {
	// Keyword names the kind in a command: "materialized-view".
	Keyword string
	// Slug names the kind in HCL type and attribute names: "materialized_view".
	Slug string
	// Noun names the kind in a sentence: "materialized view".
	Noun string
	// Words are the beginnings that the Role column of an answer may have for
	// this kind, the documented one first. Compared without case.
	Words []string
	// Roles are the roles a principal can hold on this kind itself.
	Roles []Role
	// ManagedBy says, for documentation, who may change the grants.
	ManagedBy string
	// Example is a name for documentation.
	Example string
}

// Database is the kind that all others live inside.
var Database = &Kind{
	Keyword: "database", Slug: "database", Noun: "database",
	Words:     []string{"Database"},
	Roles:     []Role{Admins, Users, Viewers, UnrestrictedViewers, Ingestors, Monitors},
	ManagedBy: "Database Admin (or AllDatabasesAdmin)",
	Example:   "Samples",
}

// Kinds is the table of securable kinds: keywords and roles as in Microsoft's
// "Security roles overview" and the grammar of the management commands. The
// words of a graph model are not documented, so several are recognised.
var Kinds = []*Kind{
	Database,
	{
		Keyword: "table", Slug: "table", Noun: "table",
		Words:     []string{"Table"},
		Roles:     []Role{Admins, Ingestors},
		ManagedBy: "Table Admin or Database Admin",
		Example:   "StormEvents",
	},
	{
		Keyword: "external table", Slug: "external_table", Noun: "external table",
		Words:     []string{"External Table", "ExternalTable"},
		Roles:     []Role{Admins},
		ManagedBy: "Database Admin",
		Example:   "ArchivedEvents",
	},
	{
		Keyword: "materialized-view", Slug: "materialized_view", Noun: "materialized view",
		Words:     []string{"Materialized View", "MaterializedView", "Materialized-View"},
		Roles:     []Role{Admins},
		ManagedBy: "Database Admin or the view's own admin",
		Example:   "DailyEvents",
	},
	{
		Keyword: "function", Slug: "function", Noun: "function",
		Words:     []string{"Function"},
		Roles:     []Role{Admins},
		ManagedBy: "Function Admin or Database Admin",
		Example:   "RecentEvents",
	},
	{
		Keyword: "graph_model", Slug: "graph_model", Noun: "graph model",
		Words:     []string{"Graph Model", "GraphModel", "Graph_Model", "Graph"},
		Roles:     []Role{Admins},
		ManagedBy: "Database Admin",
		Example:   "Topology",
	},
}

// NameAttribute is the HCL attribute that names a securable of this kind.
func (k *Kind) NameAttribute() string { return k.Slug + "_name" }

// InsideDatabase reports whether a securable of this kind lives inside a
// database, and so has a name of its own beside the database's.
func (k *Kind) InsideDatabase() bool { return k != Database }

// Has reports whether principals can hold the role on this kind.
func (k *Kind) Has(r Role) bool { return slices.Contains(k.Roles, r) }

// RoleNames are the kind's roles as strings, for validators and messages.
func (k *Kind) RoleNames() []string {
	names := make([]string, len(k.Roles))
	for i, r := range k.Roles {
		names[i] = string(r)
	}
	return names
}

// roleWords are the words at the end of the Role column of an answer, without
// case. A pair of words comes before the single word it ends with.
var roleWords = []struct {
	word string
	role Role
}{
	{"unrestricted viewer", UnrestrictedViewers},
	{"unrestrictedviewer", UnrestrictedViewers},
	{"admin", Admins},
	{"user", Users},
	{"viewer", Viewers},
	{"ingestor", Ingestors},
	{"monitor", Monitors},
}

// directRole reads the Role column of a row in the securable's list. It answers
// the role and true when the row is a grant on the securable itself; a row inherited from somewhere else (AllDatabasesAdmin, or a
// database's admins in the list of a table) answers false.
//
// Only the first words and the last are read. The name between them is
// unquoted, may hold spaces, may end like a role, and may be spelled otherwise
// than it was asked for. Where it stands there as asked for, it tells where the
// role begins; otherwise it decides nothing.
func (s Securable) directRole(words string) (Role, bool) {
	lower := strings.ToLower(strings.TrimSpace(words))
	for _, beginning := range s.Kind.Words {
		rest, ok := strings.CutPrefix(lower, strings.ToLower(beginning)+" ")
		if !ok {
			continue
		}
		role, ok := roleBehind(rest, strings.ToLower(s.ownName()))
		if !ok {
			role, ok = lastRole(rest)
		}
		if ok && s.Kind.Has(role) {
			return role, true
		}
	}
	return "", false
}

// roleBehind reads the role that stands behind a name, when that is all there is.
func roleBehind(nameAndRole, name string) (Role, bool) {
	rest, ok := strings.CutPrefix(nameAndRole, name+" ")
	for _, w := range roleWords {
		if ok && rest == w.word {
			return w.role, true
		}
	}
	return "", false
}

// lastRole reads the role that an unknown name and a role word end with. "x
// unrestricted viewer" is taken for an unrestricted viewer of x: no document
// says how the service writes that role, and a database whose name ends in the
// separate word "unrestricted" is the rarer reading.
func lastRole(nameAndRole string) (Role, bool) {
	for _, w := range roleWords {
		name, ok := strings.CutSuffix(nameAndRole, w.word)
		if ok && strings.HasSuffix(name, " ") && strings.TrimSpace(name) != "" {
			return w.role, true
		}
	}
	return "", false
}

// Securable is a thing that principals hold roles on.
type Securable struct {
	Kind *Kind
	// Database is the database itself, or the one the securable lives in.
	// Database names have no case.
	Database string
	// Name is the securable's own name inside the database, with case; empty
	// for a database.
	Name string
}

// String names the securable in a sentence: table "StormEvents" of database "Samples".
func (s Securable) String() string {
	if !s.Kind.InsideDatabase() {
		return fmt.Sprintf("database %q", s.Database)
	}
	return fmt.Sprintf("%s %q of database %q", s.Kind.Noun, s.Name, s.Database)
}

// ownName is the name that a command and the Role column hold.
func (s Securable) ownName() string {
	if s.Kind.InsideDatabase() {
		return s.Name
	}
	return s.Database
}

// securableKey tells securables apart within a cluster.
type securableKey struct{ slug, database, name string }

func (s Securable) key() securableKey {
	return securableKey{s.Kind.Slug, strings.ToLower(s.Database), s.Name}
}

// MaxIdentifierLength is the most characters an identifier may have (Microsoft,
// "Entity names").
const MaxIdentifierLength = 1024

// CheckIdentifier says why a name can be no database's or entity's name; nil
// when it can. Letters of any script, digits, "_", " ", "." and "-" are
// documented; names that clusters are known to hold beyond that (quotes,
// brackets) are let through for the service to judge, control characters not.
func CheckIdentifier(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("a name must not be empty")
	case len([]rune(name)) > MaxIdentifierLength:
		return fmt.Errorf("a name has at most %d characters, this one has %d", MaxIdentifierLength, len([]rune(name)))
	}
	for _, r := range name {
		if unicode.IsControl(r) || isLineBreak(r) {
			return fmt.Errorf("a name holds no control characters, this one has %U", r)
		}
	}
	return checkText(name)
}
