// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleText is a Role column taken apart: "Graph Model Network Admin".
type roleText struct {
	prefix string // "Graph Model"
	name   string // "Network" as the service spells it; empty if it is not there
	word   string // "Admin"
}

// String has a placeholder for the name.
func (t roleText) String() string {
	if t.name == "" {
		return t.prefix + " " + t.word
	}
	return t.prefix + " <name> " + t.word
}

// prefixes begin the Role column of each type of securable, as the emulator assumes.
var prefixes = map[string]string{
	"database": "Database", "table": "Table", "external_table": "External Table", "materialized_view": "Materialized View",
	"function": "Function", "graph_model": "Graph Model",
}

// roleWords end the Role column, as the emulator assumes.
var roleWords = map[kusto.Role]string{
	kusto.Admins: "Admin", kusto.Users: "User", kusto.Viewers: "Viewer", kusto.UnrestrictedViewers: "UnrestrictedViewer",
	kusto.Ingestors: "Ingestor", kusto.Monitors: "Monitor",
}

// plainWords is what a part of the Role column may be that goes into the file.
var plainWords = regexp.MustCompile(`^[A-Za-z_-]+( [A-Za-z_-]+){0,2}$`)

// parseRole takes a Role column apart. names are the ones that the securable has. It fails
// if the text has another form.
func parseRole(s kusto.Securable, text string, names []string) (roleText, bool) {
	for _, prefix := range append([]string{prefixes[s.Type.Slug]}, s.Type.RolePrefixes...) {
		rest, found := strings.CutPrefix(text, prefix+" ")
		if !found {
			continue
		}
		if parsed, ok := parseNamed(prefix, rest, names); ok {
			return parsed, true
		}
		if !s.Type.InsideDatabase() && slices.Contains(words(), rest) {
			return roleText{prefix: prefix, word: rest}, true
		}
	}
	// Nobody knows the first words: they end where the name begins.
	for _, name := range names {
		at := regexp.MustCompile(`(?i)^([A-Za-z _-]+) (` + regexp.QuoteMeta(name) + `) ([A-Za-z _-]+)$`).FindStringSubmatch(text)
		if at != nil && plainWords.MatchString(at[1]) && plainWords.MatchString(at[3]) {
			return roleText{at[1], at[2], at[3]}, true
		}
	}
	return roleText{}, false
}

// parseNamed reads the name and the word that follow a prefix.
func parseNamed(prefix, rest string, names []string) (roleText, bool) {
	for _, name := range names {
		at := regexp.MustCompile(`(?i)^(` + regexp.QuoteMeta(name) + `) (.+)$`).FindStringSubmatch(rest)
		if at != nil && plainWords.MatchString(at[2]) {
			return roleText{prefix, at[1], at[2]}, true
		}
	}
	return roleText{}, false
}

// words are all role words.
func words() []string {
	all := []string{"Unrestricted Viewer"}
	for _, word := range roleWords {
		all = append(all, word)
	}
	return all
}

// namesOf are the names that a securable may have in the Role column, the longest first.
func (p *probe) namesOf(s kusto.Securable) []string {
	names := []string{s.Name}
	if !s.Type.InsideDatabase() {
		names = []string{s.Database, p.own, p.pretty}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return names
}

// shape is a Role column with a placeholder for the name.
func (p *probe) shape(s kusto.Securable, text string) string {
	if parsed, ok := parseRole(s, text, p.namesOf(s)); ok {
		return parsed.String()
	}
	return p.names.redact(text)
}

// heldRole is a role on a securable.
type heldRole struct {
	securable kusto.Securable
	role      kusto.Role
}

// roleTexts are what the Role column says of each role, or why that is not known.
type roleTexts struct {
	texts map[heldRole]string
	why   map[heldRole]error
	// inEntities are the lists of entities. hadUsers is set if the database had a user or
	// viewer at that time.
	inEntities []listing
	hadUsers   bool
}

// collect finds out all role texts, once. Where a role has members, their rows tell it.
// Otherwise the test principal gets the role for a moment.
func (p *probe) collect(ctx context.Context) *roleTexts {
	if p.texts != nil {
		return p.texts
	}
	p.texts = &roleTexts{texts: map[heldRole]string{}, why: map[heldRole]error{}}
	// Other roles may need this one.
	asUser := grant{p.database, kusto.Users, p.testPrincipal()}
	done := false
	err := p.holding(ctx, asUser, "", func(row shown) error {
		p.texts.texts[heldRole{p.database, kusto.Users}] = row.RoleText
		p.collectAll(ctx)
		done = true
		return nil
	})
	if !done {
		p.texts.why[heldRole{p.database, kusto.Users}] = err
		p.collectAll(ctx)
	}
	if p.other != (kusto.FQN{}) {
		// Only its row is of interest. If there is none, the questions about it say so.
		_ = p.holding(ctx, grant{p.database, kusto.Viewers, p.other}, "", func(shown) error { return nil })
	}
	return p.texts
}

func (p *probe) collectAll(ctx context.Context) {
	for _, s := range p.securables() {
		l, err := p.list(ctx, s)
		switch {
		case err != nil:
		case s.Type.InsideDatabase():
			p.texts.inEntities = append(p.texts.inEntities, l)
		default:
			p.texts.hadUsers = len(l.Direct(kusto.Users))+len(l.Direct(kusto.Viewers)) > 0
		}
		for _, role := range s.Type.Roles {
			key := heldRole{s, role}
			if p.texts.texts[key] != "" {
				continue
			}
			if err != nil {
				p.texts.why[key] = err
				continue
			}
			if members := l.Direct(role); len(members) > 0 {
				p.texts.texts[key] = members[0].RoleText
				continue
			}
			p.texts.why[key] = p.holding(ctx, grant{s, role, p.testPrincipal()}, "", func(row shown) error {
				p.texts.texts[key] = row.RoleText
				return nil
			})
		}
	}
}

// text is what the Role column says of a role.
func (p *probe) text(ctx context.Context, s kusto.Securable, role kusto.Role) (roleText, error) {
	all := p.collect(ctx)
	text, found := all.texts[heldRole{s, role}]
	if !found {
		return roleText{}, all.why[heldRole{s, role}]
	}
	parsed, ok := parseRole(s, text, p.namesOf(s))
	if !ok {
		p.seen.add("Role in the list of a "+s.Type.Noun, p.shape(s, text))
		return roleText{}, unknown("in words that nobody knows, see below")
	}
	return parsed, nil
}
