// SPDX-License-Identifier: MPL-2.0

package command

import (
	"slices"
	"strings"
)

// Parse parses one command. The error is a *[SyntaxError]. Invalid UTF-8 is read
// as U+FFFD, as JSON decoders do.
func Parse(text string) (Statement, error) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	tokens, err := lex(text)
	if err != nil {
		return Statement{}, err
	}
	p := &parser{text: text, tokens: tokens}
	s, err := p.statement()
	if err != nil {
		return Statement{}, err
	}
	for p.accept(tokenPunct, ";") {
	}
	if p.peek().kind != tokenEnd {
		return Statement{}, p.fail("expected the end of the command")
	}
	return s, nil
}

type parser struct {
	text   string
	tokens []token
	at     int
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

func (p *parser) accept(kind tokenKind, text string) bool {
	if t := p.peek(); t.kind != kind || t.text != text {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(kind tokenKind, text string) error {
	if !p.accept(kind, text) {
		return p.fail("expected " + text)
	}
	return nil
}

func (p *parser) fail(why string) error {
	return syntaxErrorAt(p.text, p.peek().pos, why)
}

func (p *parser) statement() (Statement, error) {
	verb := p.take()
	s := Statement{Verb: verb.text}
	if verb.kind != tokenVerb || !slices.Contains([]string{Show, Add, Drop, Set, Clear}, verb.text) {
		p.at = 0
		return s, p.fail("expected a management command")
	}
	if s.Verb == Clear {
		return s, p.clear(&s)
	}
	if s.Verb == Show && p.list(&s) {
		return s, p.details(&s)
	}
	if err := p.securable(&s); err != nil {
		return s, err
	}
	switch {
	case s.Verb == Show && s.Kind != FollowerDatabase:
		return s, p.show(&s)
	case s.Verb == Show, s.Verb == Set && s.Kind == FollowerDatabase:
		return s, p.fail("no such command")
	}
	return s, p.change(&s)
}

// list parses the name of a list, if there is one.
func (p *parser) list(s *Statement) bool {
	for _, list := range []string{Databases, Tables, MaterializedViews, Functions, GraphModels} {
		if p.accept(tokenWord, list) {
			s.Kind = list
			return true
		}
	}
	start := p.at
	if p.accept(tokenWord, "external") && p.accept(tokenWord, Tables) {
		s.Kind = ExternalTables
		return true
	}
	p.at = start // it may be an external table
	return false
}

// details parses the names of tables to be shown with details, if there are any.
func (p *parser) details(s *Statement) error {
	if s.Kind != Tables || !p.accept(tokenPunct, "(") {
		return nil
	}
	for {
		var named Statement
		if err := p.name(&named); err != nil {
			return err
		}
		s.Details = append(s.Details, named.Name)
		if !p.accept(tokenPunct, ",") {
			break
		}
	}
	if err := p.expect(tokenPunct, ")"); err != nil {
		return err
	}
	return p.expect(tokenWord, "details")
}

// securable parses the kind and the name.
func (p *parser) securable(s *Statement) error {
	switch t := p.peek(); {
	case t.kind != tokenWord:
		return p.fail("expected a securable")
	case slices.Contains([]string{Database, Table, MaterializedView, Function, GraphModel, Cluster}, t.text):
		s.Kind = p.take().text
	case t.text == "external" || t.text == "follower":
		first, second := p.take().text, map[string]string{"external": "table", "follower": "database"}[t.text]
		if err := p.expect(tokenWord, second); err != nil {
			return err
		}
		s.Kind = first + " " + second
	default:
		return p.fail("expected a securable")
	}
	if s.Kind == Cluster {
		return nil
	}
	return p.name(s)
}

func (p *parser) name(s *Statement) error {
	t := p.peek()
	switch {
	case t.kind == tokenBrackets && t.value != "":
	case t.kind == tokenWord && !keywords[t.text] && !slices.Contains(dashedKeywords, t.text):
	default:
		return p.fail("expected a name; write keywords and names with other characters as ['…']")
	}
	s.Name = p.take().value
	return nil
}

func (p *parser) show(s *Statement) error {
	if p.accept(tokenWord, "principals") {
		return nil
	}
	if err := p.expect(tokenWord, "principal"); err != nil {
		return err
	}
	s.Roles = true
	if t := p.peek(); t.kind == tokenString {
		value := p.take().value
		s.Principal = &value
	}
	return p.expect(tokenWord, "roles")
}

// change parses the rest of .add, .drop and .set after the securable.
func (p *parser) change(s *Statement) error {
	if t := p.peek(); t.kind != tokenWord || !slices.Contains(roles[s.Kind], t.text) {
		return p.fail("expected a role")
	}
	s.Role = p.take().text
	if s.Verb == Set && p.accept(tokenWord, "none") {
		s.None = true
		s.SkipResults = p.accept(tokenWord, "skip-results")
		return nil
	}
	if err := p.principals(s); err != nil {
		return err
	}
	s.SkipResults = p.accept(tokenWord, "skip-results")
	if p.peek().kind == tokenString {
		value := p.take().value
		s.Notes = &value
	}
	return nil
}

func (p *parser) principals(s *Statement) error {
	if err := p.expect(tokenPunct, "("); err != nil {
		return err
	}
	for {
		if p.peek().kind != tokenString {
			return p.fail("expected a principal in quotes")
		}
		s.Principals = append(s.Principals, p.take().value)
		if p.accept(tokenPunct, ",") {
			continue
		}
		return p.expect(tokenPunct, ")")
	}
}

// clear parses the rest of .clear.
func (p *parser) clear(s *Statement) error {
	for _, word := range []string{Cluster, "cache", "groupmembership"} {
		if err := p.expect(tokenWord, word); err != nil {
			return err
		}
	}
	s.Kind = Cluster
	if !p.accept(tokenWord, "with") {
		return nil
	}
	if err := p.expect(tokenPunct, "("); err != nil {
		return err
	}
	for {
		if err := p.property(s); err != nil {
			return err
		}
		if p.accept(tokenPunct, ",") {
			continue
		}
		return p.expect(tokenPunct, ")")
	}
}

// property parses a property that the command does not have yet.
func (p *parser) property(s *Statement) error {
	name := p.peek()
	_, twice := s.Property(name.text)
	if name.kind != tokenWord || twice || name.text != "principal" && name.text != "group" {
		return p.fail("expected principal or group, each at most once")
	}
	p.take()
	if err := p.expect(tokenPunct, "="); err != nil {
		return err
	}
	if p.peek().kind != tokenString {
		return p.fail("expected a principal in quotes")
	}
	s.Properties = append(s.Properties, Property{name.text, p.take().value})
	return nil
}
