// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// ownRoles asks for the caller's own roles, which everybody may see.
func (p *probe) ownRoles(ctx context.Context) (mgmt.Answer, error) {
	return p.roles(ctx, kusto.FQN{})
}

// roles asks for the roles of a principal on the database.
func (p *probe) roles(ctx context.Context, f kusto.FQN) (mgmt.Answer, error) {
	answer, err := p.ask(ctx, kusto.ShowRoles(p.database, f))
	for _, c := range answer.Columns {
		if !hasColumn([]string{"Scope", "DisplayName", "AADObjectID", "Role"}, c) {
			p.seen.add("column of a principal's roles", c)
		}
	}
	for _, row := range answer.Rows {
		p.names.learn("<name>", row.Get("DisplayName"))
		if role := row.Get("Role"); !slices.Contains(words(), role) && !inheritedText.MatchString(role) {
			p.seen.add("Role in the roles of a principal", role)
		}
	}
	return answer, err
}

// somebodyElse is a principal whose roles can be asked for.
func (p *probe) somebodyElse() kusto.FQN {
	if who := p.testPrincipal(); !p.isCaller(who) {
		return who
	}
	if before, known := p.before[p.database]; known {
		for _, g := range before.Grants {
			if !p.isCaller(g.Principal) && g.Principal.IsCanonical() {
				return g.Principal
			}
		}
	}
	return p.madeUp() // only the refusal matters
}

func (p *probe) othersRoles(ctx context.Context) (string, error) {
	if _, err := p.ownRoles(ctx); err != nil {
		return "", unknown("not even the caller's own roles are shown")
	}
	_, err := p.roles(ctx, p.somebodyElse())
	switch e := errorOf(err); {
	case err == nil, errors.Is(e, mgmt.ErrPrincipalNotFound):
		return "are shown", nil
	case errors.Is(e, mgmt.ErrForbidden) && p.mayChange(p.database) != nil:
		return "", err // the caller is no admin, so that it does not say what an admin may do
	case errors.Is(e, mgmt.ErrForbidden):
		p.found.OthersRolesForbidden = true
		return fmt.Sprintf("are not shown (%d)", e.Status), nil
	}
	return "", err
}

var (
	guidAndTenant = regexp.MustCompile(`^[0-9A-Fa-f-]{36};[0-9A-Fa-f-]{36}$`)
	anyFQN        = regexp.MustCompile(`(?i)^(aaduser|aadgroup|aadapp|msauser)=`)
)

// rolesID looks at the caller's own roles, and at the test principal's while it has one.
func (p *probe) rolesID(ctx context.Context) (string, error) {
	answer, err := p.ownRoles(ctx)
	ids := idsOf(answer)
	if g, spareErr := p.spareRole(ctx, p.testPrincipal(), false); spareErr == nil && !p.isCaller(g.principal) {
		// It is more of the same, which not everybody may see.
		_ = p.holding(ctx, g, "", func(shown) error {
			others, err := p.roles(ctx, g.principal)
			ids = append(ids, idsOf(others)...)
			return err
		})
	}
	switch {
	case len(ids) == 0 && err != nil:
		return "", err
	case len(ids) == 0:
		return "", unknown("no role was shown")
	}
	return p.formOfIDs(ids)
}

// formOfIDs sets the form that all of the ids have.
func (p *probe) formOfIDs(ids []string) (string, error) {
	var forms, texts []string
	for _, id := range ids {
		form, text := p.formOfID(id)
		if text == "" {
			p.seen.add("AADObjectID, with a for a letter and 9 for a digit", spelling(id))
			return "", unknown("in a form that nobody knows, see below")
		}
		forms, texts = append(forms, form), append(texts, text)
	}
	slices.Sort(texts)
	text := strings.Join(slices.Compact(texts), " or ")
	if slices.ContainsFunc(forms, func(f string) bool { return f != forms[0] }) {
		p.seen.add("no field for it", "AADObjectID is "+text)
		return "", unknown("in several forms, see below")
	}
	p.found.RolesID = forms[0]
	return text, nil
}

func idsOf(answer mgmt.Answer) []string {
	var ids []string
	for _, row := range answer.Rows {
		ids = append(ids, row.Get("AADObjectID"))
	}
	return ids
}

// formOfID names the form of an AADObjectID in the file and in words. The words are
// empty for a form that nobody knows.
func (p *probe) formOfID(id string) (form, text string) {
	switch {
	case p.ids.IsApp && strings.EqualFold(id, p.ids.ClientID):
		p.seen.add("no field for it", "AADObjectID of an application is its application id")
		return "", "an application id"
	case kusto.IsGUID(id):
		return "", "an object id"
	case guidAndTenant.MatchString(id):
		return "guid;tenant", "an object id;tenant"
	case anyFQN.MatchString(id):
		return "fqn", "an FQN"
	case id == "":
		return "empty", "empty"
	}
	return "", ""
}

func (p *probe) creators(ctx context.Context) (string, error) {
	table, named := p.entity("table")
	if !named {
		return "", unknown("needs KUSTO_TEST_TABLE")
	}
	l, err := p.list(ctx, table)
	if err != nil {
		return "", err
	}
	if len(l.Direct(kusto.Admins)) > 0 {
		return "there are some", nil
	}
	p.found.NoCreators = true
	return "there are none: its creator is not one", nil
}
