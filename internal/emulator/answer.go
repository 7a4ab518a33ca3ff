package emulator

import (
	"encoding/json"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// principalColumns are the columns of every list of principals, in order.
var principalColumns = []string{
	"Role", "PrincipalType", "PrincipalDisplayName", "PrincipalObjectId", "PrincipalFQN", "Notes", "RoleAssignmentIdentifier",
}

// columnCount is how many of them an engine shows.
func (b Behaviour) columnCount() int {
	switch b.Columns {
	case "notes":
		return 6
	case "fqn":
		return 5
	}
	return len(principalColumns)
}

func columnsJSON(names []string) string {
	columns := make([]string, len(names))
	for i, name := range names {
		columns[i] = `{"ColumnName":"` + name + `","DataType":"String","ColumnType":"string"}`
	}
	return strings.Join(columns, ",")
}

// table is an answer being written.
type table struct {
	body  []byte
	begun bool
}

func newTable(columns []string, size int) *table {
	t := &table{body: make([]byte, 0, 1024+size)}
	t.body = append(t.body, `{"Tables":[{"TableName":"Table_0","Columns":[`+columnsJSON(columns)+`],"Rows":[`...)
	return t
}

func (t *table) comma() {
	if t.begun {
		t.body = append(t.body, ',')
	}
	t.begun = true
}

func (t *table) end() []byte { return append(t.body, `]}]}`...) }

func emptyAnswer(b Behaviour) []byte {
	return newTable(principalColumns[:b.columnCount()], 0).end()
}

// roleWords are the words for roles at the end of the Role column, in the order rows come.
var roleWords = []roleWord{
	{"admins", "Admin"}, {"users", "User"}, {"viewers", "Viewer"}, {"unrestrictedviewers", "UnrestrictedViewer"},
	{"ingestors", "Ingestor"}, {"monitors", "Monitor"},
}

// kindWords are the words for kinds at the beginning of the Role column.
var kindWords = map[string]string{
	command.Database: "Database", command.FollowerDatabase: "Database", command.Table: "Table",
	command.ExternalTable: "External Table", command.MaterializedView: "Materialized View",
	command.Function: "Function", command.GraphModel: "Graph Model",
}

// scopeWords are the first words of Role, with the name: "Table StormEvents".
func (c *Cluster) scopeWords(s Securable) string {
	b, words, name, asked := c.behaviour, kindWords[s.Kind], s.Entity, s.Entity
	if s.Kind == command.GraphModel && b.GraphModelWords != "" {
		words = b.GraphModelWords
	}
	if s.Entity == "" {
		db := c.database(s.Database)
		name, asked = db.name, s.Database
		if db.pretty != "" && !b.GUIDNames {
			name = db.pretty
		}
	}
	if b.UpperNames {
		name = strings.ToUpper(name)
		if name == asked {
			name = strings.ToLower(name)
		}
	}
	return words + " " + name
}

// principalsAnswer lists everyone who can affect the securable, inherited rows
// first. The caller holds c.mu.
func (c *Cluster) principalsAnswer(s Securable) []byte {
	lists := c.lists(s)
	rows := 0
	for _, list := range lists {
		rows += len(list.members)
	}
	t := newTable(principalColumns[:c.behaviour.columnCount()], rows*320)
	for _, r := range clusterRoles {
		if r.plural == "admins" || s.Entity == "" {
			c.appendRows(t, c.roles[r.plural], r.singular)
		}
	}
	if s.Kind == command.Cluster {
		return t.end()
	}
	if s.Entity != "" {
		owner := Securable{Kind: command.Database, Database: s.Database}
		c.appendRows(t, c.lists(owner)["admins"], c.scopeWords(owner)+" Admin")
		c.appendRows(t, c.database(s.Database).shared["admins"], c.scopeWords(owner)+" Admin")
	}
	scope := c.scopeWords(s)
	for _, r := range roleWords {
		c.appendRows(t, lists[r.plural], scope+" "+c.roleWord(r))
		if s.Kind == command.Database {
			c.appendRows(t, c.database(s.Database).shared[r.plural], scope+" "+c.roleWord(r))
		}
	}
	return t.end()
}

func (c *Cluster) roleWord(r roleWord) string {
	if r.plural == "unrestrictedviewers" && c.behaviour.UnrestrictedViewerWord != "" {
		return c.behaviour.UnrestrictedViewerWord
	}
	return r.singular
}

func (c *Cluster) appendRows(t *table, list *roleList, role string) {
	quoted := quote(role)
	list.each(func(g *grant) {
		t.comma()
		t.body = append(t.body, '[')
		t.body = append(t.body, quoted...)
		t.body = append(t.body, c.rowOf(g)...)
	})
}

// rowStyle is what decides how a row reads, besides its grant.
type rowStyle struct {
	columns      int
	old, foreign bool
}

// rowOf is the row's JSON after Role, kept until something about it changes:
// an answer of ten thousand rows is then a matter of copying.
func (c *Cluster) rowOf(g *grant) []byte {
	style := rowStyle{c.behaviour.columnCount(), c.behaviour.OldTypeWords, c.behaviour.ShowForeignNames}
	if g.row != nil && g.style == style {
		return g.row
	}
	p := g.principal
	cells := []string{typeName(p, style.old), c.displayName(p), p.ObjectID, p.FQN(), g.notes, g.id}
	row := make([]byte, 0, 256)
	for _, cell := range cells[:style.columns-1] {
		row = append(append(row, ','), quote(cell)...)
	}
	row = append(row, ']')
	g.row, g.style = row, style
	return row
}

func quote(s string) []byte {
	quoted, _ := json.Marshal(s) // strings always marshal
	return quoted
}

// typeName is the PrincipalType, in today's words or in those before the renaming.
func typeName(p *Principal, old bool) string {
	if p.Kind == MSAUser {
		return "MSA User"
	}
	if old {
		return map[Kind]string{User: "AAD User", Group: "AAD Group", App: "AAD Application"}[p.Kind]
	}
	return map[Kind]string{User: "Microsoft Entra user", Group: "Microsoft Entra group", App: "Microsoft Entra app"}[p.Kind]
}

// displayName hides the names of other tenants' principals. Personal accounts belong to no tenant.
func (c *Cluster) displayName(p *Principal) string {
	if p.TenantID != c.tenantID && p.Kind != MSAUser && !c.behaviour.ShowForeignNames {
		return map[Kind]string{User: "User", Group: "Group", App: "Application"}[p.Kind] + " from AAD tenant " + p.TenantID
	}
	if p.Kind == User {
		return p.DisplayName + " (upn: " + p.UPN + ")"
	}
	return p.DisplayName
}

// rolesColumns are the columns of `.show … principal roles`.
var rolesColumns = []string{"Scope", "DisplayName", "AADObjectID", "Role"}

// showRoles lists the roles of the caller, or of another, directly or through
// groups. The caller holds c.mu.
func (c *Cluster) showRoles(s Securable, st command.Statement, caller *Principal) ([]byte, *kustoError) {
	p := caller
	if st.Principal != nil {
		var err error
		if p, err = c.lookUp(*st.Principal); err != nil {
			return nil, invalidPrincipal(err.Error())
		}
	}
	fqns := c.holders(p)
	t := newTable(rolesColumns, 0)
	add := func(lists roleLists, words []roleWord, scope string) {
		for _, r := range words {
			if !lists.anyIn(r.plural, fqns) {
				continue
			}
			t.comma()
			row, _ := json.Marshal([]string{scope, c.displayName(p), p.ObjectID, r.singular}) // strings always marshal
			t.body = append(t.body, row...)
		}
	}
	add(c.roles, clusterRoles, "Cluster "+c.host)
	if s.Kind == command.Cluster {
		return t.end(), nil
	}
	if s.Entity != "" {
		owner := Securable{Kind: command.Database, Database: s.Database}
		add(c.lists(owner), roleWords[:1], c.scopeWords(owner))
	}
	add(c.lists(s), roleWords, c.scopeWords(s))
	return t.end(), nil
}
