// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// This file is the only place where command text is built. Names and strings go
// through quote, so that no value can end the literal it is in.

// principalColumns are in every list of principals, of old engines too.
var principalColumns = []string{"Role", "PrincipalFQN"}

// ShowPrincipals lists everyone who can affect the securable.
func ShowPrincipals(s Securable) mgmt.Command {
	return mgmt.Command{Database: s.sentTo(), Verb: mgmt.Show, Text: ".show " + s.reference() + " principals", Lists: "principals", Columns: principalColumns}
}

// ShowRoles lists the roles of one principal on the securable. It may need more
// rights than the caller has. The zero FQN is the caller.
func ShowRoles(s Securable, fqn FQN) mgmt.Command {
	principal := ""
	if fqn != (FQN{}) {
		principal = quote(fqn.String()) + " "
	}
	return mgmt.Command{Database: s.sentTo(), Verb: mgmt.Show, Text: ".show " + s.reference() + " principal " + principal + "roles", Lists: "roles"}
}

// ShowDatabases lists the cluster's databases. database is the one it is sent to.
func ShowDatabases(database string) mgmt.Command {
	return mgmt.Command{Database: database, Verb: mgmt.Show, Text: ".show databases", Lists: "databases", Columns: []string{"DatabaseName"}}
}

// ShowEntities lists the entities of a type in a database.
func ShowEntities(t *SecurableType, database string) mgmt.Command {
	return mgmt.Command{Database: database, Verb: mgmt.Show, Text: ".show " + t.keywords, Lists: t.Noun + "s", Columns: []string{t.nameColumn}}
}

// RefreshGroups makes the service read again who is in a group. The zero principal is the
// caller, and the zero group every group.
func RefreshGroups(principal, group FQN) mgmt.Command {
	var options []string
	for _, o := range []struct {
		key string
		fqn FQN
	}{{"principal", principal}, {"group", group}} {
		if o.fqn != (FQN{}) {
			options = append(options, o.key+"="+quote(o.fqn.String()))
		}
	}
	text := ".clear cluster cache groupmembership"
	if len(options) > 0 {
		text += " with (" + strings.Join(options, ", ") + ")"
	}
	return mgmt.Command{Database: mgmt.NoDatabase, Verb: mgmt.Clear, Text: text}
}

// WriteCommand adds or drops principals, or sets them as the role's whole list.
// Without principals, .set empties the role. Empty notes are left out.
func WriteCommand(v mgmt.Verb, s Securable, role Role, principals []FQN, notes string) mgmt.Command {
	var b strings.Builder
	b.WriteString(string(v) + " " + s.reference() + " " + string(role) + " ")
	if len(principals) == 0 {
		b.WriteString("none")
	} else {
		b.WriteByte('(')
		for i, p := range principals {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(p.String()))
		}
		b.WriteByte(')')
		if notes != "" {
			b.WriteString(" " + quote(notes))
		}
	}
	return mgmt.Command{Database: s.sentTo(), Verb: v, Text: b.String(), Lists: "principals", Columns: principalColumns}
}

// sentTo is the database that gets the commands about the securable.
func (s Securable) sentTo() string { return cmp.Or(s.Database, mgmt.NoDatabase) }

// reference names the securable in a command. The name is always bracketed, so that
// a keyword, a role or a name with spaces is read as a name. A cluster has none: it is the one
// that gets the command.
func (s Securable) reference() string {
	if s.Type == Cluster {
		return s.Type.Keyword
	}
	return s.Type.Keyword + " [" + quote(s.ownName()) + "]"
}

// quote writes a string literal of the query language: single quotes, backslash
// escapes, and every character that could end the literal or the line escaped.
// Characters outside ASCII stand as themselves, so that none is ever written in
// a wrong number of digits.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\' || r == '"':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || r == 0x7f || isLineBreak(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
