// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// principalColumns are the columns of every list of principals.
var principalColumns = []string{
	"Role", "PrincipalType", "PrincipalDisplayName", "PrincipalObjectId", "PrincipalFQN", "Notes", "RoleAssignmentIdentifier",
}

// firstList is one of the lists that were shown at first.
func (p *probe) firstList() (listing, error) {
	for _, s := range p.securables() {
		if l, known := p.before[s]; known {
			return l, nil
		}
	}
	return listing{}, unknown("no list was shown")
}

func (p *probe) columns(context.Context) (string, error) {
	l, err := p.firstList()
	if err != nil {
		return "", err
	}
	for _, name := range principalColumns[:5] {
		if !hasColumn(l.columns, name) {
			p.seen.add("no field for it", "the list has no column "+name)
		}
	}
	text := columnsText(l.columns)
	p.found.Columns = map[string]string{upToFQN: "fqn", upToNotes: "notes"}[text]
	return text, nil
}

const upToFQN, upToNotes = "up to PrincipalFQN", "up to Notes"

// columnsText says which columns a list of principals has.
func columnsText(columns []string) string {
	switch {
	case !hasColumn(columns, "Notes"):
		return upToFQN
	case !hasColumn(columns, "RoleAssignmentIdentifier"):
		return upToNotes
	}
	return "all seven"
}

// the words of PrincipalType, today's and those from before Azure AD was renamed.
var (
	newTypes = []string{"Microsoft Entra user", "Microsoft Entra group", "Microsoft Entra app"}
	oldTypes = []string{"AAD User", "AAD Group", "AAD Application"}
)

func (p *probe) typeWords(context.Context) (string, error) {
	var isOld, isNew bool
	for _, row := range p.rows {
		text := row.Get("PrincipalType")
		isOld, isNew = isOld || slices.Contains(oldTypes, text), isNew || slices.Contains(newTypes, text)
		if !slices.Contains(slices.Concat(oldTypes, newTypes, []string{"MSA User", ""}), text) {
			p.seen.add("PrincipalType", text)
		}
	}
	return p.choose(twoWays{
		assumed: "Microsoft Entra …", other: "AAD …", both: "both AAD … and Microsoft Entra …",
		mixed: "both AAD … and Microsoft Entra … are in one list", none: "in words that nobody knows, or there is no row",
	}, isNew, isOld, &p.found.OldTypeWords)
}

// bracketed is a display name with something of the service's own at its end, such as
// (upn: …) and (app id: …).
var bracketed = regexp.MustCompile(`^(.*?)( +)\(([A-Za-z][A-Za-z ]*): ([^()]+)\)$`)

// rowsOf are the rows with principals of a type, of the caller's tenant or of others.
func (p *probe) rowsOf(t kusto.PrincipalType, own bool) []mgmt.Row {
	var rows []mgmt.Row
	for _, row := range p.rows {
		f, err := kusto.ParseFQN(row.Get("PrincipalFQN"))
		if err == nil && f.Type == t && strings.EqualFold(f.Tenant, p.ids.TenantID) == own {
			rows = append(rows, row)
		}
	}
	return rows
}

// label is what stands before the colon in the bracket of a display name, empty if there
// is no bracket.
func label(row mgmt.Row) string {
	if parts := bracketed.FindStringSubmatch(row.Get("PrincipalDisplayName")); parts != nil {
		return parts[3]
	}
	return ""
}

// groupNames knows of a bare name that there is an address only if the person wrote it.
func (p *probe) groupNames(context.Context) (string, error) {
	isBare := false
	for _, row := range p.rowsOf(kusto.Group, true) {
		if label(row) == "upn" {
			return "name (upn: address)", nil
		}
		f, _ := kusto.ParseFQN(row.Get("PrincipalFQN")) // it was parsed before
		isBare = isBare || p.byAddress[f.String()]
	}
	if !isBare {
		return "", unknown("no row is a group with an address; KUSTO_TEST_OTHER_PRINCIPAL can be one: aadgroup=<address>")
	}
	p.found.BareGroups = true
	return "name", nil
}

func (p *probe) appNames(context.Context) (string, error) {
	rows := p.rowsOf(kusto.App, true)
	isBare := slices.ContainsFunc(rows, func(r mgmt.Row) bool { return label(r) == "" })
	isFull := slices.ContainsFunc(rows, func(r mgmt.Row) bool { return label(r) == "app id" })
	return p.choose(twoWays{
		assumed: "name (app id: id)", other: "name", both: "name (app id: id), or name",
		mixed: "some applications are shown with their id and some without", none: "no row is an application of the caller's tenant",
	}, isFull, isBare, &p.found.BareApps)
}

func (p *probe) blanks(context.Context) (string, error) {
	text := ""
	p.unknownBrackets()
	for _, row := range p.rows {
		parts := bracketed.FindStringSubmatch(row.Get("PrincipalDisplayName"))
		switch {
		case parts == nil:
		case len(parts[2]) > 1:
			p.found.WideBrackets = true
			return "several", nil
		default:
			text = "one"
		}
	}
	if text == "" {
		return "", unknown("no row has a bracket")
	}
	return text, nil
}

// unknownBrackets looks for other brackets than those that are known, and for users who
// have none.
func (p *probe) unknownBrackets() {
	for _, row := range slices.Concat(p.rowsOf(kusto.User, true), p.rowsOf(kusto.Group, true), p.rowsOf(kusto.App, true)) {
		isUser := strings.HasPrefix(strings.ToLower(row.Get("PrincipalFQN")), "aaduser=")
		switch l := label(row); {
		case l == "" && isUser:
			p.seen.add("PrincipalDisplayName", "a user is shown without (upn: …)")
		case l != "" && l != "upn" && l != "app id":
			p.seen.add("PrincipalDisplayName", "it ends with ("+l+": …)")
		}
	}
}

// foreignName is how the names of other tenants' principals are hidden.
var foreignName = regexp.MustCompile(`^(User|Group|Application) from AAD tenant \S+$`)

func (p *probe) foreignNames(context.Context) (string, error) {
	rows := slices.Concat(p.rowsOf(kusto.User, false), p.rowsOf(kusto.Group, false), p.rowsOf(kusto.App, false))
	if len(rows) == 0 {
		return "", unknown("no row is a principal of another tenant")
	}
	for _, row := range rows {
		name := row.Get("PrincipalDisplayName")
		tenant := row.Get("PrincipalFQN")[strings.LastIndexByte(row.Get("PrincipalFQN"), ';')+1:]
		switch {
		case foreignName.MatchString(name):
		case strings.Contains(strings.ToLower(name), strings.ToLower(tenant)), name == "":
			p.seen.add("PrincipalDisplayName of another tenant's principal", name)
		default:
			p.found.ShowForeignNames = true
			return "shown", nil
		}
	}
	return "hidden", nil
}

func (p *probe) objectIDs(context.Context) (string, error) {
	l, err := p.firstList()
	switch {
	case err != nil:
		return "", err
	case len(p.rows) == 0:
		return "", unknown("there is no row")
	case !hasColumn(l.columns, "PrincipalObjectId"):
		return "", unknown("there is no such column")
	}
	if slices.ContainsFunc(p.rows, func(r mgmt.Row) bool { return r.Get("PrincipalObjectId") != "" }) {
		return "is there", nil
	}
	p.found.HideObjectIDs = true
	return "is empty", nil
}

// assignmentNames compares the ids of all rows with the name of an assignment that the
// person knows.
func (p *probe) assignmentNames(context.Context) (string, error) {
	if p.armAssignment == "" {
		return "", unknown("needs " + assignmentVariable)
	}
	l, err := p.firstList()
	switch {
	case err != nil:
		return "", err
	case !hasColumn(l.columns, "RoleAssignmentIdentifier"):
		return "", unknown("there is no such column")
	}
	if slices.ContainsFunc(p.rows, func(r mgmt.Row) bool { return strings.EqualFold(r.Get("RoleAssignmentIdentifier"), p.armAssignment) }) {
		return "a row has the name", nil
	}
	return "no row has the name", nil
}

// isThrottled reports whether a refusal is that of a cluster with too much to do.
func isThrottled(e *mgmt.Error) bool { return errors.Is(e, mgmt.ErrThrottled) }
