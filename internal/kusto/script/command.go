// SPDX-License-Identifier: MPL-2.0

package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// command is a command for principals.
type command struct {
	verb       string // without the dot, in lower case
	kind       *kusto.SecurableType
	name       string // empty where the command leaves it out
	role       kusto.Role
	principals []string // none for .set … none
	notes      string
	text       string // as written
}

// reader reads commands from tokens.
type reader struct {
	text   string
	tokens []token
	at     int
}

func (r *reader) peek() token { return r.ahead(0) }

func (r *reader) ahead(n int) token { return r.tokens[min(r.at+n, len(r.tokens)-1)] }

func (r *reader) take() token {
	t := r.peek()
	r.at++
	return t
}

// atCommand reports whether one of the three commands begins here: at the start of a
// line or of an .execute script or after a semicolon, and not in a function's body.
func (r *reader) atCommand() bool {
	t, verb, before := r.peek(), r.ahead(1), r.tokens[max(0, r.at-1)]
	begins := t.startsLine || before.is("<|") || before.is(";")
	return t.is(".") && t.braces == 0 && begins && (verb.isWord("add") || verb.isWord("drop") || verb.isWord("set"))
}

// command reads a command. With an error, it returns what it has read of it.
func (r *reader) command() (c command, err error) {
	start := r.take().start
	c.verb = strings.ToLower(r.take().text)
	if c.kind, err = r.kind(); err != nil {
		return c, err
	}
	if c.name, err = r.securableName(c.kind); err != nil {
		return c, err
	}
	r.leader(c.kind)
	if c.role, err = r.role(c.kind); err != nil {
		return c, err
	}
	r.leader(c.kind)
	if c.verb == "set" && r.peek().isWord("none") {
		r.at++
	} else if c.principals, err = r.principals(); err != nil {
		return c, err
	}
	if r.peek().isWord("skip-results") {
		r.at++
	}
	if len(c.principals) > 0 && r.peek().kind == tokenString {
		if c.notes, err = r.string("notes"); err != nil {
			return c, err
		}
	}
	c.text = r.text[start:r.tokens[r.at-1].end()]
	return c, r.commandEnd()
}

// kind reads the type of the securable.
func (r *reader) kind() (*kusto.SecurableType, error) {
	var keywords []string
	for _, kind := range kinds {
		words := strings.Fields(kind.Keyword)
		if r.peek().isWord(words[0]) && (len(words) == 1 || r.ahead(1).isWord(words[1])) {
			r.at += len(words)
			return kind, nil
		}
		keywords = append(keywords, kind.Keyword)
	}
	return nil, r.expected("one of " + strings.Join(keywords, ", "))
}

// securableName reads the name. A cluster has none, and a database's can be left out: it
// is then the database where the script runs.
func (r *reader) securableName(kind *kusto.SecurableType) (string, error) {
	_, isRole := roleOf(kind, r.peek())
	if next := r.ahead(1); kind == cluster || kind == kusto.Database && isRole && (next.is("(") || next.isWord("none")) {
		return "", nil
	}
	t := r.peek()
	name, err := r.name(kind)
	if err != nil {
		return "", err
	}
	if err := kusto.CheckIdentifier(name); err != nil {
		return "", fault(r.text, t.start, err.Error())
	}
	return name, nil
}

// name reads a name in any form: bare, as a string, or in brackets.
func (r *reader) name(kind *kusto.SecurableType) (string, error) {
	t := r.peek()
	switch {
	case t.kind == tokenWord && strings.Contains(t.text, "-"):
		return "", fault(r.text, t.start, fmt.Sprintf("a name with a hyphen is written in brackets: ['%s']", t.text))
	case t.kind == tokenWord:
		return r.take().text, nil
	case t.kind == tokenString:
		return r.string("a name")
	case t.is("["):
		return r.bracketed()
	}
	return "", r.expected("the name of " + kind.One())
}

// bracketed reads a name in brackets, with quotes or without.
func (r *reader) bracketed() (string, error) {
	start, name := r.take().end(), ""
	quoted := r.peek().kind == tokenString
	for quoted && r.peek().kind == tokenString { // they are joined
		part, err := r.string("a name")
		if err != nil {
			return "", err
		}
		name += part
	}
	for !quoted && !r.peek().is("]") && r.peek().kind != tokenEnd && !r.peek().startsLine {
		r.at++
	}
	end := r.peek()
	if !end.is("]") {
		return "", r.expected("]")
	}
	if !quoted {
		name = r.text[start:end.start]
	}
	r.at++
	return name, nil
}

// roleOf is the role that a word stands for. Microsoft's pages write a cluster's roles in
// the singular, too.
func roleOf(kind *kusto.SecurableType, t token) (kusto.Role, bool) {
	for _, role := range kind.Roles {
		if t.isWord(string(role)) || kind == cluster && t.isWord(strings.TrimSuffix(string(role), "s")) {
			return role, true
		}
	}
	return "", false
}

func (r *reader) role(kind *kusto.SecurableType) (kusto.Role, error) {
	role, ok := roleOf(kind, r.peek())
	if !ok {
		if len(kind.Roles) == 1 {
			return "", r.expected(fmt.Sprintf("the role %s, the only one of %s", kind.Roles[0], kind.One()))
		}
		return "", r.expected(fmt.Sprintf("a role of %s (%s)", kind.One(), strings.Join(kind.RoleNames(), ", ")))
	}
	r.at++
	return role, nil
}

// leader skips the path of the leader's metadata, which is before the role in .add and
// after it in .drop.
func (r *reader) leader(kind *kusto.SecurableType) {
	if kind == follower && r.peek().isWord("from") && r.ahead(1).kind == tokenString {
		r.at += 2
	}
}

// principals reads the list in parentheses. Their spelling is kept.
func (r *reader) principals() ([]string, error) {
	if !r.peek().is("(") {
		return nil, r.expected("principals in parentheses, such as ('aaduser=alice@contoso.com')")
	}
	var all []string
	for {
		r.at++ // the parenthesis or the comma
		t := r.peek()
		fqn, err := r.string("a principal in quotes")
		if err != nil {
			return nil, err
		}
		if _, err := kusto.ParseFQN(fqn); err != nil {
			return nil, fault(r.text, t.start, fmt.Sprintf("%q is not a principal: %v", fqn, err))
		}
		all = append(all, fqn)
		switch next := r.peek(); {
		case next.is(")"):
			r.at++
			return all, nil
		case !next.is(","):
			return nil, r.expected(`"," or ")"`)
		}
	}
}

// string reads a string. what is expected stands in the error.
func (r *reader) string(what string) (string, error) {
	t := r.peek()
	switch {
	case t.kind != tokenString:
		return "", r.expected(what)
	case t.problem != "":
		return "", fault(r.text, t.start, t.problem)
	}
	r.at++
	return t.value, nil
}

// commandEnd wants the end of the command: a semicolon, the next one, or an empty line.
func (r *reader) commandEnd() error {
	t := r.peek()
	if t.kind == tokenEnd || t.is(";") || t.afterEmptyLine || t.startsLine && t.is(".") {
		return nil
	}
	return r.expected("the end of the command, and a new line")
}

func (r *reader) expected(what string) error {
	t := r.peek()
	if t.kind == tokenEnd {
		return fault(r.text, r.tokens[r.at-1].start, fmt.Sprintf("expected %s, not the end of the script", what))
	}
	return fault(r.text, t.start, fmt.Sprintf("expected %s, not %s", what, firstLine(t.text)))
}

// principalPrefix is how the name of a principal begins.
var principalPrefix = regexp.MustCompile(`(?i)^\s*(aad|msa|dsts)[a-z]*=`)

// isOther reports whether a command that could not be read is not one for principals, such
// as .drop table. One in which a principal stands, or none, is a mistake.
func (r *reader) isOther(c command, start int) bool {
	switch {
	case c.verb == "add":
		return c.kind == cluster && r.peek().isWord("blockedprincipals")
	case c.role != "":
		return false
	}
	rest := r.tokens[start+1:]
	if end := slices.IndexFunc(rest, func(t token) bool { return t.startsLine && t.is(".") || t.afterEmptyLine }); end >= 0 {
		rest = rest[:end]
	}
	ingests := slices.ContainsFunc(rest, func(t token) bool { return t.is("<|") })
	return ingests || !slices.ContainsFunc(rest, func(t token) bool {
		return t.isWord("none") || t.kind == tokenString && principalPrefix.MatchString(t.value)
	})
}
