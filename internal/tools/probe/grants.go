// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// grant is a role that the probe gives for a moment.
type grant struct {
	securable kusto.Securable
	role      kusto.Role
	principal kusto.FQN
}

// restoreLimit bounds the time in which grants are taken back, whatever became of the run.
const restoreLimit = 2 * time.Minute

// holding gives a role, calls during with the row that the list then has, and takes the
// role back. Nobody gets a role that they may have already.
func (p *probe) holding(ctx context.Context, g grant, notes string, during func(shown) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	was, err := p.list(ctx, g.securable)
	if err != nil {
		return err
	}
	if err := p.mayGive(was, g); err != nil {
		return err
	}
	p.given = append(p.given, g)
	answer, err := p.change(ctx, mgmt.Add, g, notes)
	if isRefusal(err) {
		p.forget(g)
		return err
	}
	defer p.takeBack(ctx, g)
	if err != nil {
		return err
	}
	row, err := p.listing(g.securable, answer).added(was, g)
	if err != nil {
		return err
	}
	p.resolved(g.principal, row.Principal)
	return during(row)
}

// resolved keeps the name in the row of a principal. Unlike an address, it tells the
// principal from everybody else.
func (p *probe) resolved(written, resolved kusto.FQN) {
	if written.Type == kusto.Group && strings.Contains(written.ID, "@") {
		p.byAddress[resolved.String()] = true
	}
	for _, f := range []*kusto.FQN{&p.principal, &p.other} {
		if f.Equal(written) {
			*f = resolved
		}
	}
}

// change sends a command that changes a grant. It is the only way to send one: what cannot
// be compared with a list from before is not changed. more are named after the grant's principal.
func (p *probe) change(ctx context.Context, v mgmt.Verb, g grant, notes string, more ...kusto.FQN) (mgmt.Answer, error) {
	if err := p.mayChange(g.securable); err != nil {
		return mgmt.Answer{}, err
	}
	return p.ask(ctx, kusto.WriteCommand(v, g.securable, g.role, append([]kusto.FQN{g.principal}, more...), notes))
}

// mayChange returns an error if nobody knows the grants of a securable as they were at first.
func (p *probe) mayChange(s kusto.Securable) error {
	if _, known := p.before[s]; !known {
		return unknown("the list of its principals was not shown at first")
	}
	return nil
}

// mayGive returns an error unless taking the role back later restores what was there.
func (p *probe) mayGive(was listing, g grant) error {
	if err := p.mayChange(g.securable); err != nil {
		return err
	}
	switch {
	case g.role == kusto.Admins && g.securable == p.database:
		return unknown("the admins of the database are left alone")
	case g.role == kusto.Admins && p.isCaller(g.principal):
		return unknown("needs KUSTO_TEST_PRINCIPAL")
	case was.mayHold(g.role, g.principal):
		return unknown("the test principal may have the role " + string(g.role) + " already")
	}
	return nil
}

// takeBack takes a role back, also after ctx was cancelled. If that cannot be seen to
// have worked, the grant remains for [probe.restore].
func (p *probe) takeBack(ctx context.Context, g grant) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreLimit)
	defer cancel()
	answer, err := p.change(ctx, mgmt.Drop, g, "")
	now := p.listing(g.securable, answer)
	if err != nil {
		// It may have run before its answer was lost.
		if now, err = p.list(ctx, g.securable); err != nil {
			return
		}
	}
	if !p.isLeft(now, g) {
		p.forget(g)
	}
}

// isLeft reports whether a list has a row that may be the grant and was not there before.
func (p *probe) isLeft(now listing, g grant) bool {
	before := p.before[g.securable]
	return slices.ContainsFunc(now.Grants, func(row kusto.Grant) bool {
		wasThere := slices.ContainsFunc(before.Grants, func(b kusto.Grant) bool {
			return b.RoleText == row.RoleText && b.Principal.Equal(row.Principal)
		})
		return !wasThere && !row.IsNot(g.principal) && (isUnknown(&row) || !row.Inherited && row.Role == g.role)
	})
}

func (p *probe) forget(g grant) {
	if i := slices.Index(p.given, g); i >= 0 {
		p.given = slices.Delete(p.given, i, i+1)
	}
}

// restore takes back what is left, and compares all lists with those before. It goes on
// after ctx was cancelled.
func (p *probe) restore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreLimit)
	defer cancel()
	for range maxTries {
		for _, g := range slices.Clone(p.given) {
			p.takeBack(ctx, g)
		}
		if len(p.given) == 0 || !sleep(ctx, p.pause) {
			break
		}
	}
	return p.compare(ctx)
}

// compare says in what the grants differ from those before. A securable whose first list
// was not shown is left out, since nothing was changed there.
func (p *probe) compare(ctx context.Context) error {
	var differ, unseen []string
	for _, s := range p.securables() {
		before, known := p.before[s]
		if !known {
			continue
		}
		now, err := p.list(ctx, s)
		if err != nil {
			unseen = append(unseen, fmt.Sprintf("  ? the principals of %s could not be listed again: %v", s, err))
			continue
		}
		for _, line := range without(p.lines(now), p.lines(before)) {
			differ = append(differ, fmt.Sprintf("  + %s: %s", s, line))
		}
		for _, line := range without(p.lines(before), p.lines(now)) {
			differ = append(differ, fmt.Sprintf("  - %s: %s", s, line))
		}
	}
	for _, g := range p.given {
		unseen = append(unseen, "  To take back what is left, run: "+kusto.WriteCommand(mgmt.Drop, g.securable, g.role, []kusto.FQN{g.principal}, "").String())
	}
	text := strings.Join(append(differ, unseen...), "\n")
	switch {
	case len(differ) > 0:
		return errors.New("the grants are not as they were before:\n" + text)
	case len(unseen) > 0:
		return errors.New("cannot tell whether all grants are as before:\n" + text)
	}
	fmt.Fprintln(p.progress, p.restored())
	return nil
}

// restored says that the grants are as before, and of what nobody knows it.
func (p *probe) restored() string {
	if len(p.before) == 0 {
		return "No list of principals was shown, so nothing was granted."
	}
	text := "The grants are as before."
	if p.deletedIsGone {
		text = "The grants are as before, but for the one of KUSTO_TEST_DELETED_PRINCIPAL, which was dropped."
	}
	if p.mayRunLater {
		text += "\nThe cluster did not answer a command that changes a grant. It may still run: list the principals again in ten minutes."
	}
	for _, s := range p.securables() {
		if p.mayChange(s) != nil {
			text += fmt.Sprintf("\nNo list of %s was shown at first, so nothing was granted there.", s)
		}
	}
	return text
}

// lines are the rows of a list as text. The deleted principal may go.
func (p *probe) lines(l listing) []string {
	var lines []string
	for _, row := range l.rows {
		if p.deletedIsGone && strings.EqualFold(row.Get("PrincipalFQN"), p.deleted.String()) {
			continue
		}
		lines = append(lines, strings.TrimSpace(row.Get("Role")+" "+row.Get("PrincipalFQN")+" "+row.Get("Notes")))
	}
	return lines
}

// without are the lines that others lacks.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}

// spareRole is a role on the database that a principal does not have, best one that nobody
// has. It never is admins.
func (p *probe) spareRole(ctx context.Context, who kusto.FQN, mustBeEmpty bool) (grant, error) {
	l, err := p.list(ctx, p.database)
	if err != nil {
		return grant{}, err
	}
	var spare []kusto.Role
	for _, role := range []kusto.Role{kusto.Viewers, kusto.Users, kusto.Monitors, kusto.Ingestors} {
		switch {
		case l.isEmpty(role):
			return grant{p.database, role, who}, nil
		case !l.mayHold(role, who):
			spare = append(spare, role)
		}
	}
	switch {
	case mustBeEmpty:
		return grant{}, unknown("needs a role of the database that nobody has: viewers, users, monitors or ingestors")
	case len(spare) == 0:
		return grant{}, unknown("the test principal may have each role of the database already")
	}
	return grant{p.database, spare[0], who}, nil
}
