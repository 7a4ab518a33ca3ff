// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"regexp"
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

	AllDatabasesAdmins   Role = "alldatabasesadmins"
	AllDatabasesViewers  Role = "alldatabasesviewers"
	AllDatabasesMonitors Role = "alldatabasesmonitors"
)

// IsAdmin reports whether the role makes its principals admins of the securable.
func (r Role) IsAdmin() bool { return r == Admins || r == AllDatabasesAdmins }

// SecurableType is a type of securable. [SecurableTypes] holds all of them;
// resources, data sources, validators, commands and documentation derive from it.
type SecurableType struct {
	// Keyword names the type in a command: "materialized-view".
	Keyword string
	// keywords are the plural in the command that lists the entities of a database:
	// "materialized-views". nameColumn is the column of its answer with their names.
	keywords, nameColumn string
	// Slug names the type in HCL type and attribute names: "materialized_view".
	Slug string
	// Noun names the type in a sentence: "materialized view".
	Noun string
	// RolePrefixes are the first words of the Role column for this type, the
	// documented ones first. Compared without case.
	RolePrefixes []string
	// AdminWord is another word for the role at the end of an admin's Role column, which
	// no other type has. Empty if there is none.
	AdminWord string
	// Roles are the roles that can be granted on this type.
	Roles []Role
	// needs are the roles on the database, one of which a principal needs before a role,
	// and alternative what does as well, in a sentence.
	needs       map[Role][]Role
	alternative string
	// ManagedBy is the role that may change the grants, for documentation.
	ManagedBy string
	// MembersOnly is set if single grants are managed, and no role as a whole.
	MembersOnly bool
	// Example is a name for documentation.
	Example string
}

// Cluster is the type of a cluster. Its roles are on all databases, and are inherited rows in
// their lists. Microsoft's pages contradict each other on whether commands can change them.
var Cluster = &SecurableType{
	Keyword: "cluster", Slug: "cluster", Noun: "cluster",
	Roles:       []Role{AllDatabasesAdmins, AllDatabasesViewers, AllDatabasesMonitors},
	ManagedBy:   "AllDatabasesAdmin",
	MembersOnly: true, // until somebody has seen .drop cluster work
}

// Database is the type of a database. All other securables but a cluster are inside one.
var Database = &SecurableType{
	Keyword: "database", Slug: "database", Noun: "database",
	RolePrefixes: []string{"Database"},
	Roles:        []Role{Admins, Users, Viewers, UnrestrictedViewers, Ingestors, Monitors},
	needs:        map[Role][]Role{UnrestrictedViewers: {Users, Viewers}},
	ManagedBy:    "Database Admin (or AllDatabasesAdmin)",
	Example:      "Samples",
}

// SecurableTypes is the table of securable types. Keywords and roles are those of
// Microsoft's "Security roles overview" and of the grammar of the management
// commands. The Role column of a graph model is not documented, so several
// prefixes are recognised, and the role GraphAdmin of Microsoft's page on access control.
var SecurableTypes = []*SecurableType{
	Cluster,
	Database,
	{
		Keyword: "table", Slug: "table", Noun: "table",
		keywords: "tables", nameColumn: "TableName",
		RolePrefixes: []string{"Table"},
		Roles:        []Role{Admins, Ingestors},
		needs:        map[Role][]Role{Admins: {Users}, Ingestors: {Users, Ingestors}},
		ManagedBy:    "Table Admin or Database Admin",
		Example:      "StormEvents",
	},
	{
		Keyword: "external table", Slug: "external_table", Noun: "external table",
		keywords: "external tables", nameColumn: "TableName",
		RolePrefixes: []string{"External Table", "ExternalTable"},
		Roles:        []Role{Admins},
		needs:        map[Role][]Role{Admins: {Users, Viewers}},
		ManagedBy:    "Database Admin",
		Example:      "ArchivedEvents",
	},
	{
		Keyword: "materialized-view", Slug: "materialized_view", Noun: "materialized view",
		keywords: "materialized-views", nameColumn: "Name",
		RolePrefixes: []string{"Materialized View", "MaterializedView", "Materialized-View"},
		Roles:        []Role{Admins},
		needs:        map[Role][]Role{Admins: {Users}},
		alternative:  "the role `admins` on the table that it reads",
		ManagedBy:    "Database Admin or the view's own admin",
		Example:      "DailyEvents",
	},
	{
		Keyword: "function", Slug: "function", Noun: "function",
		keywords: "functions", nameColumn: "Name",
		RolePrefixes: []string{"Function"},
		Roles:        []Role{Admins},
		needs:        map[Role][]Role{Admins: {Users}},
		alternative:  "the role `admins` on the table that it reads",
		ManagedBy:    "Function Admin or Database Admin",
		Example:      "RecentEvents",
	},
	{
		Keyword: "graph_model", Slug: "graph_model", Noun: "graph model",
		keywords: "graph_models", nameColumn: "Name",
		RolePrefixes: []string{"Graph Model", "GraphModel", "Graph_Model", "Graph"},
		AdminWord:    "GraphAdmin",
		Roles:        []Role{Admins},
		ManagedBy:    "Database Admin",
		Example:      "Topology",
	},
}

// One is the noun with its article: "an external table".
func (t *SecurableType) One() string {
	if strings.ContainsRune("aeiou", rune(t.Noun[0])) {
		return "an " + t.Noun
	}
	return "a " + t.Noun
}

// NameAttribute is the HCL attribute that names a securable of this type. A cluster is named by
// its address.
func (t *SecurableType) NameAttribute() string {
	if t == Cluster {
		return "cluster_uri"
	}
	return t.Slug + "_name"
}

// NameAttributes are the HCL attributes that say which securable it is: of the cluster, the
// database and the entity, as far as there are these.
func (t *SecurableType) NameAttributes() []string {
	names := []string{Cluster.NameAttribute(), Database.NameAttribute(), t.NameAttribute()}
	return names[:slices.Index(names, t.NameAttribute())+1]
}

// InsideDatabase reports whether a securable of this type is inside a database, and
// so has a name besides the database's.
func (t *SecurableType) InsideDatabase() bool { return t != Database && t != Cluster }

// Has reports whether the role can be granted on this type.
func (t *SecurableType) Has(r Role) bool { return slices.Contains(t.Roles, r) }

// Needs are the roles on the database, one of which a principal needs before it can use
// the role (Microsoft, "Role-based access control", dependencies). Whether Kusto refuses to
// grant the role without them is not documented.
func (t *SecurableType) Needs(r Role) []Role { return slices.Clone(t.needs[r]) }

// NeedsText names what a principal needs before it can use the role: "the role `users` or
// `ingestors` on the database". Empty if that is nothing.
func (t *SecurableType) NeedsText(r Role) string {
	var names []string
	for _, needed := range t.needs[r] {
		names = append(names, "`"+string(needed)+"`")
	}
	if len(names) == 0 {
		return ""
	}
	text := "the role " + strings.Join(names, " or ") + " on the database"
	if t.alternative != "" {
		text += ", or " + t.alternative
	}
	return text
}

// RoleNames are the type's roles as strings, for validators and messages.
func (t *SecurableType) RoleNames() []string {
	names := make([]string, len(t.Roles))
	for i, r := range t.Roles {
		names[i] = string(r)
	}
	return names
}

// roleSuffixes are the last words of the Role column, in lower case. A pair of
// words comes before the single word it ends with.
var roleSuffixes = []struct {
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

// directRole reads the Role column of a row in the securable's list. It returns the
// role and true for a grant on the securable itself, and false for a row that is
// inherited: AllDatabasesAdmin, or a database's admin in the list of a table.
//
// Only the first words and the last are read. The name between them is unquoted,
// may contain spaces, may end like a role, and may be spelled differently from the
// name in the command. Where it is spelled the same, it shows where the role
// begins; otherwise it decides nothing.
func (s Securable) directRole(roleText string) (Role, bool) {
	lower := fold(strings.TrimSpace(roleText))
	if role := Role(lower + "s"); s.Type == Cluster && s.Type.Has(role) { // AllDatabasesAdmin
		return role, true
	}
	if s.Type.AdminWord != "" && strings.HasSuffix(lower, " "+fold(s.Type.AdminWord)) {
		return Admins, true
	}
	for _, prefix := range s.Type.RolePrefixes {
		rest, ok := strings.CutPrefix(lower, fold(prefix)+" ")
		if !ok {
			continue
		}
		role, ok := roleAfterName(rest, fold(s.ownName()))
		if !ok {
			role, ok = lastRole(rest)
		}
		if ok && s.Type.Has(role) {
			return role, true
		}
	}
	return "", false
}

// roleAfterName reads a role that follows the name, if nothing else does, or that is
// there without a name: some engines write "Database Admin".
func roleAfterName(nameAndRole, name string) (Role, bool) {
	if rest, named := strings.CutPrefix(nameAndRole, name+" "); named {
		if role, ok := roleWord(rest); ok {
			return role, true
		}
	}
	return roleWord(nameAndRole)
}

// roleWord reads a role that stands alone.
func roleWord(text string) (Role, bool) {
	for _, w := range roleSuffixes {
		if text == w.word {
			return w.role, true
		}
	}
	return "", false
}

// lastRole reads the role that follows an unknown name. "x unrestricted viewer" is
// read as an unrestricted viewer of x, since a database whose name ends in the
// separate word "unrestricted" is less likely.
func lastRole(nameAndRole string) (Role, bool) {
	for _, w := range roleSuffixes {
		name, ok := strings.CutSuffix(nameAndRole, w.word)
		if ok && strings.HasSuffix(name, " ") && strings.TrimSpace(name) != "" {
			return w.role, true
		}
	}
	return "", false
}

// Securable is a cluster, a database or an entity in one that roles are granted on.
type Securable struct {
	Type *SecurableType
	// Database is the name of the database, or of the one that the entity is in.
	// Case-insensitive. Empty for the cluster.
	Database string
	// Name is the entity's name. Case-sensitive. Empty for a database and for the cluster.
	Name string
}

// String names the securable in a sentence: table "StormEvents" of database "Samples".
func (s Securable) String() string {
	switch s.Type {
	case Cluster:
		return "the cluster"
	case Database:
		return fmt.Sprintf("database %q", s.Database)
	}
	return fmt.Sprintf("%s %q of database %q", s.Type.Noun, s.Name, s.Database)
}

// Owner is the database that the securable is in. A securable that is in none is its own.
func (s Securable) Owner() Securable {
	if s.Type.InsideDatabase() {
		return Securable{Type: Database, Database: s.Database}
	}
	return s
}

// ownName is the name in commands and in the Role column.
func (s Securable) ownName() string {
	if s.Type.InsideDatabase() {
		return s.Name
	}
	return s.Database
}

// securableKey identifies a securable within a cluster.
type securableKey struct{ slug, database, name string }

func (s Securable) key() securableKey {
	return securableKey{s.Type.Slug, fold(s.Database), s.Name}
}

// MaxIdentifierLength is the maximum length of an identifier in characters
// (Microsoft, "Entity names").
const MaxIdentifierLength = 1024

// quotedName is a name as commands quote it.
var quotedName = regexp.MustCompile(`^\[\s*["'](.+)["']\s*\]$`)

// CheckIdentifier returns an error for a name that no database or entity can have.
// Letters, digits, "_", " ", "." and "-" are documented. Clusters are known to hold
// names with quotes and brackets too, so those are left to the service; control
// characters are not.
func CheckIdentifier(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("a name must not be empty")
	case quotedName.MatchString(name):
		return fmt.Errorf("a name is written without the brackets and quotes of a command: did you mean %q?", quotedName.FindStringSubmatch(name)[1])
	case len([]rune(name)) > MaxIdentifierLength:
		return fmt.Errorf("a name has at most %d characters, this one has %d", MaxIdentifierLength, len([]rune(name)))
	}
	for _, r := range name {
		if unicode.IsControl(r) || isLineBreak(r) {
			return fmt.Errorf("a name cannot contain control characters, this one contains %U", r)
		}
	}
	return checkText(name)
}
