// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

const succeeds = "succeeds"

// dropAbsent drops a role that was granted and dropped before, so that nothing else can
// be the cause of a refusal.
func (p *probe) dropAbsent(ctx context.Context) (string, error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	if err := p.holding(ctx, g, "", func(shown) error { return nil }); err != nil {
		return "", err
	}
	if len(p.given) > 0 {
		return "", unknown("the role could not be taken back")
	}
	if _, err = p.change(ctx, mgmt.Drop, g, ""); err == nil {
		return succeeds, nil
	}
	text, err := refused(err)
	p.found.DropAbsentIsError = err == nil
	return text, err
}

func (p *probe) dropUnknown(ctx context.Context) (string, error) {
	_, err := p.change(ctx, mgmt.Drop, grant{p.database, kusto.Viewers, p.madeUp()}, "")
	return p.unknownPrincipal(err, succeeds)
}

func (p *probe) addUnknown(ctx context.Context) (string, error) {
	err := p.holding(ctx, grant{p.database, kusto.Viewers, p.madeUp()}, "", func(shown) error { return nil })
	p.looksUp = errors.Is(errorOf(err), mgmt.ErrPrincipalNotFound)
	return p.unknownPrincipal(err, "is granted")
}

func (p *probe) unknownPrincipal(err error, accepted string) (string, error) {
	e := errorOf(err)
	switch {
	case err == nil:
		return accepted, nil
	case errors.Is(e, mgmt.ErrPrincipalNotFound):
		return fmt.Sprintf("is refused (%d)", e.Status), nil
	}
	return refused(err)
}

// The notes of the probe's grants, should one be left.
const firstNotes, secondNotes = "a test of terraform-provider-kusto", "another test of terraform-provider-kusto"

// notesAfter grants a role with notes, sends another command with others, and returns the
// notes.
func (p *probe) notesAfter(ctx context.Context, g grant, v mgmt.Verb, others string) (notes string, err error) {
	err = p.holding(ctx, g, firstNotes, func(row shown) error {
		if row.NotesHidden {
			return unknown("the list has no column Notes")
		}
		if row.Notes != firstNotes {
			return unknown("the notes of the first .add are not shown")
		}
		now, err := p.list(ctx, g.securable)
		if err != nil || v == mgmt.Set && len(now.Direct(g.role)) != 1 {
			return cmp.Or(err, unknown("somebody else got the role meanwhile")) // .set would drop them
		}
		answer, err := p.change(ctx, v, g, others)
		if err != nil {
			return err
		}
		if row, err = p.listing(g.securable, answer).again(row); err == nil {
			notes = row.Notes
		}
		return err
	})
	return notes, err
}

// notesText says which notes are left.
func (p *probe) notesText(notes string) string {
	switch notes {
	case firstNotes:
		return "are the old ones"
	case secondNotes:
		return "are the new ones"
	case "":
		return "are gone"
	}
	p.seen.add("notes after a second command", notes)
	return "are others"
}

func (p *probe) addOtherNotes(ctx context.Context) (string, error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	notes, err := p.notesAfter(ctx, g, mgmt.Add, secondNotes)
	if err != nil {
		return "", err
	}
	p.found.AddKeepsNotes = notes == firstNotes
	return p.notesText(notes), nil
}

// longNotes grants a role with notes that a service may store otherwise.
func (p *probe) longNotes(ctx context.Context) (text string, err error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	const notes = "  " + firstNotes + ", with blanks around it and too long for some  "
	err = p.holding(ctx, g, notes, func(row shown) error {
		switch stored := row.Notes; {
		case row.NotesHidden:
			return unknown("the list has no column Notes")
		case stored == notes:
			text = "are stored as given"
		case stored == "":
			p.found.Notes, text = "dropped", "are not stored"
		case stored == strings.TrimSpace(notes):
			p.found.Notes, text = "trimmed", "are stored without the blanks around them"
		case strings.HasPrefix(notes, stored):
			p.found.Notes, text = "cut", "are cut off"
			if n := len(stored); n != mostNotes {
				p.seen.add("no field for it", fmt.Sprintf("Notes are cut at %d characters", n))
			}
		default:
			p.seen.add("notes of one .add", stored)
			text = "are others"
		}
		return nil
	})
	return text, err
}

// mostNotes is how many characters of notes the emulator stores if it cuts them.
const mostNotes = 64

func (p *probe) addNoNotes(ctx context.Context) (string, error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	notes, err := p.notesAfter(ctx, g, mgmt.Add, "")
	return p.notesText(notes), err
}

// setNoNotes takes a role that nobody has: .set removes everyone else from it.
func (p *probe) setNoNotes(ctx context.Context) (string, error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), true)
	if err != nil {
		return "", err
	}
	notes, err := p.notesAfter(ctx, g, mgmt.Set, "")
	if err != nil {
		return "", err
	}
	p.found.SetClearsNotes = notes == ""
	return p.notesText(notes), nil
}

// prerequisites grants roles that need another one first. A refusal proves it only if
// the grant succeeds with the other role.
func (p *probe) prerequisites(ctx context.Context) (string, error) {
	who := p.testPrincipal()
	if p.isCaller(who) {
		return "", unknown("needs KUSTO_TEST_PRINCIPAL")
	}
	l, err := p.list(ctx, p.database)
	if err != nil {
		return "", err
	}
	for _, g := range l.Grants {
		if !g.IsNot(who) {
			return "", unknown("the test principal may have a role on the database already")
		}
	}
	text, err := p.granted(ctx, grant{p.database, kusto.UnrestrictedViewers, who})
	table, named := p.entity("table")
	if err != nil || !named {
		p.found.Prerequisites = err == nil && text != isGranted
		return text, err
	}
	onTable, err := p.granted(ctx, grant{table, kusto.Ingestors, who})
	p.found.Prerequisites = text != isGranted || err == nil && onTable != isGranted
	if err == nil && onTable != text {
		p.seen.add("no field for it", "Unrestricted viewer without a database role "+text+", table ingestor "+onTable)
	}
	if text == isGranted && err == nil {
		text = onTable
	}
	return text, nil
}

const isGranted = "is granted"

// granted says what becomes of a grant without the database role that it needs.
func (p *probe) granted(ctx context.Context, g grant) (string, error) {
	nothing := func(shown) error { return nil }
	err := p.holding(ctx, g, "", nothing)
	if err == nil {
		return isGranted, nil
	}
	text, err := refused(err)
	if err != nil {
		return "", err
	}
	err = p.holding(ctx, grant{p.database, kusto.Users, g.principal}, "", func(shown) error {
		return p.holding(ctx, g, "", nothing)
	})
	if err != nil {
		return "", unknown("the grant is refused with the role as well")
	}
	return text, nil
}
