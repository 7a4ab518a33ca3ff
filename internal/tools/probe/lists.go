// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// listing is the list of a securable's principals at one time. rows has the rows of its
// grants, in the same order.
type listing struct {
	*kusto.PrincipalList
	columns []string
	rows    []mgmt.Row
}

// list asks for the principals of a securable.
func (p *probe) list(ctx context.Context, s kusto.Securable) (listing, error) {
	answer, err := p.ask(ctx, kusto.ShowPrincipals(s))
	if err != nil {
		return listing{}, err
	}
	return p.listing(s, answer), nil
}

// listing reads an answer as a list, and remembers its rows and the names in them.
func (p *probe) listing(s kusto.Securable, answer mgmt.Answer) listing {
	l := listing{kusto.ReadPrincipalList(s, answer.Rows), answer.Columns, answer.Rows}
	p.unknownColumns(answer.Columns)
	for i, row := range l.rows {
		p.names.learnRow(row)
		if key := row.Get("Role") + "\n" + row.Get("PrincipalFQN"); !p.hasRow[key] {
			p.hasRow[key], p.rows = true, append(p.rows, row)
		}
		if isUnknown(&l.Grants[i]) {
			p.seen.add("Role in the list of a "+s.Type.Noun, p.shape(s, l.Grants[i].RoleText))
		}
	}
	return l
}

// unknownColumns reports columns that nobody knows.
func (p *probe) unknownColumns(columns []string) {
	for _, c := range columns {
		if !hasColumn(principalColumns, c) {
			p.seen.add("column of principals", c)
		}
	}
}

func hasColumn(columns []string, name string) bool {
	return slices.ContainsFunc(columns, func(c string) bool { return strings.EqualFold(c, name) })
}

// inheritedText is what the Role column is known to say of those whose role is not on the
// securable itself.
var inheritedText = regexp.MustCompile(`^(AllDatabases(Admin|Viewer|Monitor)|Cluster (Admin|User|Viewer|Monitor)|Database( .+)? (Admin|User|Viewer))$`)

// isUnknown reports whether nobody knows what a row's Role says. It may be a role on the
// securable itself.
func isUnknown(g *kusto.Grant) bool { return g.Inherited && !inheritedText.MatchString(g.RoleText) }

// isEmpty reports whether nobody has the role on the securable itself.
func (l listing) isEmpty(role kusto.Role) bool {
	return len(l.Direct(role)) == 0 && !slices.ContainsFunc(l.Grants, func(g kusto.Grant) bool { return isUnknown(&g) })
}

// mayHold reports whether a principal may have the role on the securable itself. If the
// rows leave it open, it may.
func (l listing) mayHold(role kusto.Role, f kusto.FQN) bool {
	return slices.ContainsFunc(l.Grants, func(g kusto.Grant) bool {
		return !g.IsNot(f) && (isUnknown(&g) || !g.Inherited && g.Role == role)
	})
}

// shown is one row.
type shown struct {
	*kusto.Grant
	row mgmt.Row
}

// added is the row that a grant added to the list.
func (l listing) added(was listing, g grant) (shown, error) {
	var rows []shown
	for i := range l.Grants {
		now := shown{&l.Grants[i], l.rows[i]}
		isNew := !slices.ContainsFunc(was.rows, func(r mgmt.Row) bool {
			return r.Get("Role") == now.RoleText && strings.EqualFold(r.Get("PrincipalFQN"), now.row.Get("PrincipalFQN"))
		})
		if isNew && !now.IsNot(g.principal) {
			rows = append(rows, now)
		}
	}
	if len(rows) != 1 {
		return shown{}, unknown(fmt.Sprintf("%d rows of the list may be the new grant", len(rows)))
	}
	return rows[0], nil
}

// again finds a row in a later list.
func (l listing) again(s shown) (shown, error) {
	for i := range l.Grants {
		if g := &l.Grants[i]; g.RoleText == s.RoleText && g.Principal.Equal(s.Principal) {
			return shown{g, l.rows[i]}, nil
		}
	}
	return shown{}, unknown("the grant was not listed any more")
}
