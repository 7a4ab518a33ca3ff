// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// answer is the body of an answer to a management command.
type answer struct {
	Tables     []table
	Exceptions []string `json:",omitempty"`
}

type table struct {
	TableName string
	Columns   []column
	Rows      any // [][]string, but in a partial failure
}

type column struct{ ColumnName, DataType, ColumnType string }

// newAnswer has one table of strings.
func newAnswer(columns []string, rows any) answer {
	t := table{TableName: "Table_0", Columns: []column{}, Rows: rows}
	for _, name := range columns {
		t.Columns = append(t.Columns, column{name, "String", "string"})
	}
	return answer{Tables: []table{t}}
}

func (a answer) json() []byte {
	body, _ := json.Marshal(a) // strings always marshal
	return body
}

// principalColumns are the columns of every list of principals, in order.
var principalColumns = []string{
	"Role", "PrincipalType", "PrincipalDisplayName", "PrincipalObjectId", "PrincipalFQN", "Notes", "RoleAssignmentIdentifier",
}

// columnCount is the number of principalColumns that the engine has.
func (b Behaviour) columnCount() int {
	switch b.Columns {
	case "notes":
		return 6
	case "fqn":
		return 5
	}
	return len(principalColumns)
}

// principalsAnswer is a list of principals with the columns that the engine has.
func principalsAnswer(b Behaviour, rows [][]string) []byte {
	shown := make([][]string, len(rows))
	for i, row := range rows {
		shown[i] = row[:b.columnCount()]
	}
	return newAnswer(principalColumns[:b.columnCount()], shown).json()
}

// roleName is a role in commands (plural) and in the Role column (singular).
type roleName struct{ plural, singular string }

// The roles on clusters, as commands spell them.
const (
	clusterAdmins   = "alldatabasesadmins"
	clusterViewers  = "alldatabasesviewers"
	clusterMonitors = "alldatabasesmonitors"
)

// clusterRoles are the roles on clusters.
var clusterRoles = []roleName{
	{clusterAdmins, "AllDatabasesAdmin"}, {clusterViewers, "AllDatabasesViewer"}, {clusterMonitors, "AllDatabasesMonitor"},
}

// roleNames are the roles on databases and entities, in the order of rows.
var roleNames = []roleName{
	{"admins", "Admin"}, {"users", "User"}, {"viewers", "Viewer"}, {"unrestrictedviewers", "UnrestrictedViewer"},
	{"ingestors", "Ingestor"}, {"monitors", "Monitor"},
}

// kindNamesInRole begin the Role column.
var kindNamesInRole = map[string]string{
	command.Database: "Database", command.FollowerDatabase: "Database", command.Table: "Table",
	command.ExternalTable: "External Table", command.MaterializedView: "Materialized View",
	command.Function: "Function", command.GraphModel: "Graph Model",
}

// scope is the first part of Role, such as "Table StormEvents". The caller holds c.mu.
func (c *Cluster) scope(s Securable) string {
	b, kind, name, requested := c.behaviour, kindNamesInRole[s.Kind], s.Entity, s.Entity
	if s.Entity == "" && b.NamelessDatabase {
		return kind
	}
	if s.Kind == command.GraphModel && b.GraphModelWords != "" {
		kind = b.GraphModelWords
	}
	if s.Entity == "" {
		name, requested = c.databaseName(c.database(s.Database)), s.Database
	}
	if b.UpperNames {
		name = strings.ToUpper(name)
		if name == requested {
			name = strings.ToLower(name)
		}
	}
	return kind + " " + name
}

// principalRows lists everyone who can affect the securable, inherited rows
// first. The caller holds c.mu.
func (c *Cluster) principalRows(s Securable) [][]string {
	var rows [][]string
	add := func(list *roleList, role string) {
		for _, g := range list.all() {
			p := g.principal
			rows = append(rows, []string{role, c.typeName(p), c.displayName(p), c.objectID(p), p.FQN(), g.notes, g.id})
		}
	}
	for _, r := range clusterRoles {
		if r.plural == clusterAdmins || s.Entity == "" {
			add(c.roles[r.plural], c.clusterRole(r))
		}
	}
	if s.Kind == command.Cluster {
		return rows
	}
	db := c.database(s.Database)
	owner := c.scope(Securable{Kind: command.Database, Database: s.Database})
	for _, r := range c.inheritedRoles(s) {
		add(db.roles[r.plural], owner+" "+r.singular)
	}
	for _, r := range roleNames[:3] {
		if r.plural == "admins" || s.Entity == "" {
			add(db.shared[r.plural], c.sharedRole(owner, r))
		}
	}
	lists, scope := c.lists(s), c.scope(s)
	for _, r := range roleNames {
		add(lists[r.plural], scope+" "+c.singular(s, r))
	}
	return rows
}

// inheritedRoles are the database's roles that an entity's list shows.
func (c *Cluster) inheritedRoles(s Securable) []roleName {
	switch {
	case s.Entity == "":
		return nil
	case c.behaviour.InheritedAdminsOnly:
		return roleNames[:1]
	}
	return roleNames[:3]
}

func (c *Cluster) clusterRole(r roleName) string {
	if c.behaviour.ClusterWords {
		return "Cluster " + strings.TrimPrefix(r.singular, "AllDatabases")
	}
	return r.singular
}

// sharedRole is the Role of those whose role comes from a Fabric workspace or item.
func (c *Cluster) sharedRole(owner string, r roleName) string {
	if c.behaviour.SharedAsDirect {
		return owner + " " + r.singular
	}
	return "AllDatabases" + r.singular
}

// objectID is the PrincipalObjectId, which older engines leave empty.
func (c *Cluster) objectID(p *entra.Principal) string {
	if c.behaviour.HideObjectIDs {
		return ""
	}
	return p.ObjectID
}

func (c *Cluster) singular(s Securable, r roleName) string {
	if s.Kind == command.GraphModel && c.behaviour.GraphAdminWord != "" {
		return c.behaviour.GraphAdminWord
	}
	if r.plural == "unrestrictedviewers" && c.behaviour.UnrestrictedViewerWord != "" {
		return c.behaviour.UnrestrictedViewerWord
	}
	return r.singular
}

// typeName is the PrincipalType, with today's names or with those from before Azure AD's renaming.
func (c *Cluster) typeName(p *entra.Principal) string {
	switch p.Kind {
	case entra.MSAUser:
		return "MSA User"
	case entra.Foreign:
		return "dSTS " + map[bool]string{true: "Group", false: "User"}[strings.HasPrefix(p.FQN(), "dstsgroup=")]
	}
	if c.behaviour.OldTypeWords {
		return oldTypeNames[p.Kind]
	}
	return typeNames[p.Kind]
}

var (
	typeNames    = map[entra.Kind]string{entra.User: "Microsoft Entra user", entra.Group: "Microsoft Entra group", entra.App: "Microsoft Entra app"}
	oldTypeNames = map[entra.Kind]string{entra.User: "AAD User", entra.Group: "AAD Group", entra.App: "AAD Application"}
	foreignNames = map[entra.Kind]string{entra.User: "User", entra.Group: "Group", entra.App: "Application"}
)

// displayName hides the names of other tenants' principals. Personal accounts have no tenant.
func (c *Cluster) displayName(p *entra.Principal) string {
	if p.TenantID != c.environment.Entra.Directory().HomeTenantID() && p.Kind != entra.MSAUser && !c.behaviour.ShowForeignNames {
		return foreignNames[p.Kind] + " from AAD tenant " + p.TenantID
	}
	blanks := " "
	if c.behaviour.WideBrackets {
		blanks = "   "
	}
	switch {
	case p.Kind == entra.User:
		return p.DisplayName + blanks + "(upn: " + p.UPN + ")"
	case p.Kind == entra.Group && p.Mail != "" && !c.behaviour.BareGroups:
		return p.DisplayName + blanks + "(upn: " + p.Mail + ")"
	case p.Kind == entra.App && !c.behaviour.BareApps:
		return p.DisplayName + blanks + "(app id: " + p.AppID + ")"
	}
	return p.DisplayName
}

// rolesID is the AADObjectID of `.show … principal roles`.
func (c *Cluster) rolesID(p *entra.Principal) string {
	switch c.behaviour.RolesID {
	case "guid;tenant":
		return p.ObjectID + ";" + p.TenantID
	case "fqn":
		return p.FQN()
	case "empty":
		return ""
	}
	return p.ObjectID
}

// rolesColumns are the columns of `.show … principal roles`.
var rolesColumns = []string{"Scope", "DisplayName", "AADObjectID", "Role"}

// showRoles lists the roles of the caller, or of another principal, held directly
// or through groups. The caller of showRoles holds c.mu.
func (c *Cluster) showRoles(s Securable, st command.Statement, caller *entra.Principal) ([]byte, *refusal) {
	p := caller
	if st.Principal != nil {
		var err error
		if p, err = c.lookUp(*st.Principal); err != nil {
			return nil, invalidPrincipal(err.Error())
		}
	}
	identities, rows := c.identities(p), [][]string{}
	add := func(lists roleLists, roles []roleName, scope string) {
		for _, r := range roles {
			if lists.anyIn(r.plural, identities) {
				rows = append(rows, []string{scope, c.displayName(p), c.rolesID(p), r.singular})
			}
		}
	}
	add(c.roles, clusterRoles, "Cluster "+c.host)
	if s.Kind != command.Cluster {
		if s.Entity != "" {
			owner := Securable{Kind: command.Database, Database: s.Database}
			add(c.lists(owner), roleNames[:1], s.Database)
		}
		add(c.lists(s), roleNames, cmp.Or(s.Entity, s.Database))
	}
	return newAnswer(rolesColumns, rows).json(), nil
}
