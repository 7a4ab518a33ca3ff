// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// SetNotes changes the notes of an existing grant, and returns its row. No document
// says whether .add changes the notes of a present grant; if it does not, the grant
// is dropped and added again, unless that could lock someone out. The notes of the row are
// those that the service holds now: it may store them differently, or keep the old ones.
func (c *Client) SetNotes(ctx context.Context, s Securable, role Role, canonical FQN, notes string) (Match, error) {
	defer c.writes.begin()()
	q := c.queue(c.canonical(ctx, s), role)
	result := q.doTask(ctx, func(ctx context.Context) writeResult { return q.setNotes(ctx, canonical, notes) })
	return result.match, result.err
}

func (q *roleQueue) setNotes(ctx context.Context, f FQN, notes string) (r writeResult) {
	if notes != "" {
		r = q.sendAdds(ctx, []FQN{f}, notes)[0]
		if r.err != nil || r.match.Grant == nil || r.match.Grant.holdsNotes(notes) {
			return r
		}
	}
	return q.grantAgain(ctx, &Grant{Role: q.role, Principal: f}, notes)
}

// grantAgain drops a grant and adds it again with other notes, unless that could lock someone
// out.
func (q *roleQueue) grantAgain(ctx context.Context, row *Grant, notes string) (r writeResult) {
	list, err := q.client.Principals(ctx, q.securable)
	if err != nil {
		return writeResult{match: Match{Grant: row}, err: err}
	}
	f := row.Principal
	g := list.Find(q.role, f)
	if g == nil || ctx.Err() != nil || !q.mayBeAbsent(ctx, list, g) {
		return writeResult{match: Match{Grant: g}}
	}
	dropped := q.revoke(ctx, []FQN{f})[f.Key()]
	if dropped != nil && !mgmt.AsError(dropped).MayHaveRun {
		return writeResult{match: Match{Grant: g}, err: dropped}
	}
	// The grant must not be left dropped, whatever becomes of the caller.
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.conn.WriteLimit())
	defer cancel()
	r = q.sendAdds(lasting, []FQN{f}, notes)[0]
	switch {
	case r.err != nil && dropped != nil:
		r.err = fmt.Errorf("the grant may have been dropped to change its notes, and could not be added again: %w", r.err)
	case r.err != nil:
		r.err = fmt.Errorf("the grant was dropped to change its notes and could not be added again: %w", r.err)
	default:
		r.err = dropped
	}
	return r
}

// holdsNotes reports whether the row has the notes, or shows none. Some engines store them
// without the white space around them, or cut them off.
func (g *Grant) holdsNotes(notes string) bool {
	return g.NotesHidden || g.Notes == notes || g.Notes != "" && strings.HasPrefix(strings.TrimSpace(notes), strings.TrimSpace(g.Notes))
}

// notesOf are the notes that a change gives its principals, by key.
func (q *roleQueue) notesOf(ctx context.Context, change RoleChange) map[PrincipalKey]GrantNotes {
	notes := make(map[PrincipalKey]GrantNotes)
	for _, n := range change.Notes {
		notes[q.client.tenants.Of(ctx, n.Principal).Key()] = n
	}
	return notes
}

// sendByNotes adds principals: those with the same notes go in one command.
func (q *roleQueue) sendByNotes(ctx context.Context, principals []FQN, notes map[PrincipalKey]GrantNotes) (list *PrincipalList, failed map[PrincipalKey]error) {
	byNotes := make(map[string][]FQN)
	for _, f := range principals {
		text := notes[f.Key()].Notes
		byNotes[text] = append(byNotes[text], f)
	}
	failed = make(map[PrincipalKey]error)
	for _, text := range slices.Sorted(maps.Keys(byNotes)) {
		after, errs := q.sendAll(ctx, mgmt.Add, byNotes[text], text)
		if maps.Copy(failed, errs); after != nil {
			list = after
		}
	}
	return list, failed
}

// changeNotes gives principals that hold the role their notes, unless Microsoft Entra ID does not
// know them. It replaces the rows of the members, and returns the errors by key.
func (q *roleQueue) changeNotes(ctx context.Context, principals []FQN, notes map[PrincipalKey]GrantNotes, members *RoleMembers) (failed map[PrincipalKey]error) {
	isOther := func(i int) bool {
		n, isSet := notes[principals[i].Key()]
		g := members.Matches[i].Grant
		return isSet && g != nil && !isAny(fqnsOf(members.Unknown), g) && !g.holdsNotes(n.Notes) && (n.Stored == nil || g.Notes != *n.Stored)
	}
	asked := make(map[PrincipalKey]GrantNotes) // by the rows
	var rows []FQN
	for i, m := range members.Matches {
		if n := notes[principals[i].Key()]; isOther(i) && n.Notes != "" {
			rows, asked[m.Grant.Principal.Key()] = append(rows, m.Grant.Principal), n
		}
	}
	list, failed := q.sendByNotes(ctx, rows, asked)
	for _, m := range members.Matches {
		if m.Grant != nil {
			members.leaveUnknown(m.Grant, m.Grant.Principal.Key(), failed)
		}
	}
	for i, f := range principals {
		m := &members.Matches[i]
		if isOther(i) && list != nil {
			m.Grant = cmp.Or(list.Find(q.role, m.Grant.Principal), m.Grant)
		}
		if isOther(i) && failed[m.Grant.Principal.Key()] == nil {
			key := m.Grant.Principal.Key()
			r := q.grantAgain(ctx, m.Grant, notes[f.Key()].Notes)
			if *m = r.match; r.err != nil {
				failed[key] = r.err
			}
		}
	}
	return failed
}
