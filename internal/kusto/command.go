// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// This file is the only place where command text is built. Names and strings go
// through quote, so that no value can end the literal it is in.

// verb is the first word of a command.
type verb string

const (
	verbShow verb = ".show"
	verbAdd  verb = ".add"
	verbDrop verb = ".drop"
	verbSet  verb = ".set"
	// verbClear is for caches alone.
	verbClear verb = ".clear"
)

// noDatabase is the database of a command that is about the cluster. Microsoft's clients
// send it where none is chosen (azure-kusto-data, KustoConnectionStringBuilder).
const noDatabase = "NetDefaultDB"

// command is one management command, ready to send.
type command struct {
	database string
	verb     verb
	text     string
	// lists is what the answer is a list of: "principals". Empty if the answer is of no
	// interest.
	lists string
	// columns are those without which an answer proves nothing.
	columns []string
	// principals is how many the command adds or drops. 0 for any other: it cannot be
	// sent in parts.
	principals int
}

// principalColumns are in every list of principals, of old engines too.
var principalColumns = []string{"Role", "PrincipalFQN"}

// showCommand lists everyone who can affect the securable.
func showCommand(s Securable) command {
	return command{database: s.Database, verb: verbShow, text: ".show " + s.reference() + " principals", lists: "principals", columns: principalColumns}
}

// rolesCommand lists the roles of one principal on the securable. It may need more
// rights than the caller has. Without a principal it lists the caller's own.
func rolesCommand(s Securable, fqn FQN) command {
	principal := ""
	if fqn != (FQN{}) {
		principal = quote(fqn.String()) + " "
	}
	return command{database: s.Database, verb: verbShow, text: ".show " + s.reference() + " principal " + principal + "roles", lists: "roles"}
}

// databasesCommand lists the cluster's databases. Database is the one it is sent to.
func databasesCommand(database string) command {
	return command{database: database, verb: verbShow, text: ".show databases", lists: "databases", columns: []string{"DatabaseName"}}
}

// entitiesCommand lists the entities of a type in a database.
func entitiesCommand(t *SecurableType, database string) command {
	return command{database: database, verb: verbShow, text: ".show " + t.keywords, lists: t.Noun + "s", columns: []string{t.nameColumn}}
}

// refreshCommand makes the service read again who is in a group. Without a principal it
// is the caller's own membership.
func refreshCommand(principal, group FQN) command {
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
	return command{database: noDatabase, verb: verbClear, text: text}
}

// writeCommand adds or drops principals, or sets them as the role's whole list.
// Without principals, .set empties the role. Empty notes are left out.
func writeCommand(v verb, s Securable, role Role, principals []FQN, notes string) command {
	var b strings.Builder
	b.WriteString(string(v) + " " + s.reference() + " " + string(role) + " ")
	if len(principals) == 0 {
		b.WriteString("none")
		return command{database: s.Database, verb: v, text: b.String(), lists: "principals", columns: principalColumns}
	}
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
	c := command{database: s.Database, verb: v, text: b.String(), lists: "principals", columns: principalColumns}
	if v != verbSet {
		c.principals = len(principals)
	}
	return c
}

// reference names the securable in a command. The name is always bracketed, so that
// a keyword, a role or a name with spaces is read as a name.
func (s Securable) reference() string {
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

// isLineBreak reports whether some readers take the character for a line break:
// NEL and the line and paragraph separators.
func isLineBreak(r rune) bool { return r == 0x85 || r == 0x2028 || r == 0x2029 }

// checkText refuses what no literal can carry unchanged: invalid UTF-8 and NUL.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("the text is not valid UTF-8")
	}
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("the text contains a NUL character")
	}
	return nil
}

// CheckNotes returns an error for a text that cannot be the notes of a grant.
func CheckNotes(notes string) error { return checkText(notes) }
