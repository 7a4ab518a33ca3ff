// SPDX-License-Identifier: MPL-2.0

// Package script reads the commands for principals (.add, .drop and .set) in a script of
// management commands. It follows Microsoft's grammar, and skips all other commands. It
// runs nothing.
package script

import (
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// Grant is one principal of a command in a script.
type Grant struct {
	// Command is "add", "drop" or "set".
	Command string
	// Kind is the slug of the securable's type. There is one more than in
	// [kusto.SecurableTypes]: "follower_database".
	Kind string
	// Database is the name of the database that the command is about. Empty for
	// other securables and where the command leaves it out: only whoever runs the
	// script knows the database.
	Database string
	// Name is the name of a securable in a database. Empty for other securables.
	Name string
	Role kusto.Role
	// PrincipalFQN is as the script spells it. Empty for .set … none.
	PrincipalFQN string
	// Notes are empty if the command has none.
	Notes string
}

// Parse returns what the script grants and revokes, in its order. A command for
// principals that cannot be read is an error with its line. Other commands are skipped.
func Parse(text string) ([]Grant, error) {
	commands, err := parse(text)
	if err != nil {
		return nil, err
	}
	var grants []Grant
	for _, c := range commands {
		grants = append(grants, c.grants()...)
	}
	return grants, nil
}

func parse(text string) ([]command, error) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	r := &reader{text: text, tokens: tokens}
	var commands []command
	for r.peek().kind != tokenEnd {
		if !r.atCommand() {
			r.at++
			continue
		}
		start := r.at
		c, err := r.command()
		switch {
		case err == nil:
			commands = append(commands, c)
		case r.isOther(c, start):
			r.at = start + 1
		default:
			return nil, err
		}
	}
	return commands, nil
}

// grants are the command's principals, one by one. One for .set … none.
func (c command) grants() []Grant {
	grant := Grant{Command: c.verb, Kind: c.kind.Slug, Role: c.role, Notes: c.notes}
	if isDatabase(c.kind) {
		grant.Database = c.name
	} else {
		grant.Name = c.name
	}
	if len(c.principals) == 0 {
		return []Grant{grant}
	}
	var grants []Grant
	for _, p := range c.principals {
		grant.PrincipalFQN = p
		grants = append(grants, grant)
	}
	return grants
}

// The provider has no resources for what is in the grammar only.
var (
	follower = &kusto.SecurableType{
		Keyword: "follower database", Slug: "follower_database", Noun: "follower database",
		Roles: []kusto.Role{kusto.Admins, kusto.Users, kusto.Viewers, kusto.UnrestrictedViewers, kusto.Monitors},
	}
	cluster = withRoles(kusto.Cluster, kusto.Admins, kusto.Users, kusto.Viewers, kusto.Monitors, "databasecreators", "ops")
	kinds   = kindsInGrammar()
)

func withRoles(kind *kusto.SecurableType, more ...kusto.Role) *kusto.SecurableType {
	out := *kind
	out.Roles = slices.Concat(kind.Roles, more)
	return &out
}

// kindsInGrammar are the types of the provider, the cluster with all roles that the grammar has for it,
// and the follower.
func kindsInGrammar() []*kusto.SecurableType {
	all := append(slices.Clone(kusto.SecurableTypes), follower)
	all[slices.Index(all, kusto.Cluster)] = cluster
	return all
}

// Kinds are the values of [Grant.Kind].
func Kinds() []string {
	slugs := make([]string, len(kinds))
	for i, kind := range kinds {
		slugs[i] = kind.Slug
	}
	return slugs
}

// isDatabase reports whether the name in a command is a database's.
func isDatabase(kind *kusto.SecurableType) bool { return kind == kusto.Database || kind == follower }
