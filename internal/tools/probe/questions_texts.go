// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// databaseText looks at every role on the database but the one of unrestricted viewers.
func (p *probe) databaseText(ctx context.Context) (string, error) {
	viewer, err := p.text(ctx, p.database, kusto.Viewers)
	if err != nil {
		return "", err
	}
	for _, role := range kusto.Database.Roles {
		text, err := p.text(ctx, p.database, role)
		if err != nil || role == kusto.UnrestrictedViewers {
			continue // it has no row, or a question of its own
		}
		if text.prefix != viewer.prefix || (text.name == "") != (viewer.name == "") || text.word != roleWords[role] {
			p.seen.add("Role of the database's "+string(role), text.String())
		}
	}
	p.found.NamelessDatabase = viewer.name == ""
	return viewer.String(), nil
}

// The words that may go into the file: none of them can be somebody's name.
var (
	unrestrictedWord = regexp.MustCompile(`(?i)^unrestricted[ _-]?viewer$`)
	graphWords       = regexp.MustCompile(`(?i)^graph([ _-]?models?)?$`)
	graphAdminWord   = regexp.MustCompile(`(?i)^(graph[ _-]?(models?[ _-]?)?)?admin$`)
)

func (p *probe) unrestrictedText(ctx context.Context) (string, error) {
	text, err := p.text(ctx, p.database, kusto.UnrestrictedViewers)
	if err != nil {
		return "", err
	}
	if !unrestrictedWord.MatchString(text.word) {
		p.seen.add("Role of the database's unrestrictedviewers", text.String())
		return "", unknown("in words that nobody knows, see below")
	}
	if text.word != roleWords[kusto.UnrestrictedViewers] {
		p.found.UnrestrictedViewerWord = text.word
	}
	return text.word, nil
}

// entityText asks for the roles of one type of entity.
func entityText(slug string) func(*probe, context.Context) (string, error) {
	return func(p *probe, ctx context.Context) (string, error) {
		s, named := p.entity(slug)
		if !named {
			return "", unknown("needs KUSTO_TEST_" + strings.ToUpper(slug))
		}
		var texts []string
		var first roleText
		for i, role := range s.Type.Roles {
			text, err := p.text(ctx, s, role)
			switch {
			case err != nil:
				return "", err
			case i == 0:
				first = text
				texts = append(texts, text.String())
			case text.prefix == first.prefix:
				texts = append(texts, text.word)
			default:
				texts = append(texts, text.String())
			}
		}
		return strings.Join(texts, ", "), nil
	}
}

func (p *probe) graphText(ctx context.Context) (string, error) {
	s, named := p.entity("graph_model")
	if !named {
		return "", unknown("needs KUSTO_TEST_GRAPH_MODEL")
	}
	text, err := p.text(ctx, s, kusto.Admins)
	if err != nil {
		return "", err
	}
	if !graphWords.MatchString(text.prefix) || !graphAdminWord.MatchString(text.word) {
		p.seen.add("Role of a graph model's admins", text.String())
		return "", unknown("in words that nobody knows, see below")
	}
	if text.prefix != prefixes["graph_model"] {
		p.found.GraphModelWords = text.prefix
	}
	if text.word != roleWords[kusto.Admins] {
		p.found.GraphAdminWord = text.word
	}
	return text.String(), nil
}

// nameInRole is the database's name in the Role column, and an error if it is not there.
func (p *probe) nameInRole(ctx context.Context) (string, error) {
	all := p.collect(ctx)
	for _, role := range kusto.Database.Roles {
		if all.texts[heldRole{p.database, role}] == "" {
			continue
		}
		text, err := p.text(ctx, p.database, role)
		if err != nil {
			return "", err
		}
		if text.name == "" {
			return "", unknown("the name of the database is not in Role")
		}
		return text.name, nil
	}
	return "", unknown("nobody has a role on the database itself")
}

func (p *probe) databaseName(ctx context.Context) (string, error) {
	if p.own == "" {
		return "", unknown("the names of the database are not shown")
	}
	if p.pretty == "" || strings.EqualFold(p.pretty, p.own) {
		return "", unknown("the database has only one name")
	}
	name, err := p.nameInRole(ctx)
	switch {
	case err != nil:
		return "", err
	case strings.EqualFold(name, p.own):
		p.found.GUIDNames = true
		return "the database's own name", nil
	}
	return "the pretty name", nil
}

const asCreated, changedCase = "as they were created", "changed"

// nameCase compares names with those that were asked for, and with the ones that the
// database was created with.
func (p *probe) nameCase(ctx context.Context) (string, error) {
	text, err := p.databaseCase(ctx)
	if err == nil {
		p.found.UpperNames = text == changedCase
		return text, nil
	}
	for _, e := range p.entities {
		for _, role := range e.Type.Roles {
			entity, entityErr := p.text(ctx, e, role)
			if entityErr != nil || strings.ToUpper(e.Name) == strings.ToLower(e.Name) {
				continue
			}
			p.found.UpperNames = entity.name != e.Name
			if p.found.UpperNames {
				return changedCase, nil
			}
			return asCreated, nil
		}
	}
	return "", err
}

// databaseCase asks for the database in two spellings.
func (p *probe) databaseCase(ctx context.Context) (string, error) {
	asked := p.database.Database
	other := strings.ToUpper(asked)
	if other == asked {
		other = strings.ToLower(asked)
	}
	if other == asked {
		return "", unknown("the name of the database has no letters")
	}
	first, err := p.nameInRole(ctx)
	if err != nil {
		return "", err
	}
	second, err := p.nameWhenAsked(ctx, other)
	switch {
	case err != nil:
		return "", err
	case first == second && (p.own == "" || first == p.own || first == p.pretty):
		return asCreated, nil
	case first == asked && second == other:
		p.seen.add("no field for it", "Role repeats the name of the database as the command writes it")
		return "as the command writes them", nil
	}
	return changedCase, nil
}

// nameWhenAsked is the name in the Role column of a list that was asked for with another
// spelling of the database's name, while somebody has a role.
func (p *probe) nameWhenAsked(ctx context.Context, name string) (found string, err error) {
	s := kusto.Securable{Type: kusto.Database, Database: name}
	look := func() error {
		l, err := p.list(ctx, s)
		if err != nil {
			return err
		}
		for _, g := range l.Grants {
			if text, ok := parseRole(s, g.RoleText, p.namesOf(p.database)); ok && !g.Inherited && text.name != "" {
				found = text.name
				return nil
			}
		}
		return unknown("nobody has a role on the database itself")
	}
	if err := look(); err == nil {
		return found, nil
	}
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	return found, p.holding(ctx, g, "", func(shown) error { err = look(); return err })
}

func (p *probe) clusterText(ctx context.Context) (string, error) {
	l, err := p.list(ctx, p.database)
	if err != nil {
		return "", err
	}
	var isOld, isNew bool
	for _, g := range l.Grants {
		isOld = isOld || strings.HasPrefix(g.RoleText, "Cluster ") && inheritedText.MatchString(g.RoleText)
		isNew = isNew || strings.HasPrefix(g.RoleText, "AllDatabases")
	}
	return p.choose(twoWays{
		assumed: "AllDatabases…", other: "Cluster …", both: "both AllDatabases… and Cluster …",
		mixed: "both AllDatabases… and Cluster … are in one list", none: "nobody has a role on the cluster",
	}, isNew, isOld, &p.found.ClusterWords)
}

// inherited looks for the database's users and viewers in the list of an entity.
func (p *probe) inherited(ctx context.Context) (string, error) {
	all := p.collect(ctx)
	switch {
	case len(p.entities) == 0:
		return "", unknown("needs KUSTO_TEST_TABLE or another entity")
	case len(all.inEntities) == 0:
		return "", unknown("no list of an entity was shown")
	}
	if !all.hadUsers {
		return "", unknown("nobody was a user or viewer of the database meanwhile")
	}
	for _, l := range all.inEntities {
		if slices.ContainsFunc(l.Grants, func(g kusto.Grant) bool {
			role := g.EffectiveRole()
			return g.Inherited && strings.HasPrefix(g.RoleText, "Database") && (role == kusto.Users || role == kusto.Viewers)
		}) {
			return "admins, users and viewers", nil
		}
	}
	p.found.InheritedAdminsOnly = true
	return "admins only", nil
}

func (p *probe) shared(context.Context) (string, error) {
	return "", unknown("only the members of the workspace can tell; compare the list with them")
}
