// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// removeDeleted removes the grants of principals that Microsoft Entra ID no longer knows:
// by the FQNs that Kusto shows, and if it refuses those too, by setting the principals that
// remain as the role's whole list. No other command removes such a grant.
func (q *roleQueue) removeDeleted(ctx context.Context, deleted []*Grant) error {
	gone := fqnsOf(deleted)
	_, failed := q.sendAll(ctx, mgmt.Drop, gone, "")
	if len(failed) == 0 {
		return nil
	}
	for _, err := range failed {
		if !isPrincipalNotFound(err) {
			return err
		}
	}
	q.client.cache.invalidate(q.securable) // the list must be that of now
	list, err := q.client.Principals(ctx, q.securable)
	if err != nil {
		return err
	}
	remaining := slices.DeleteFunc(slices.Clone(list.Direct(q.role)), func(g *Grant) bool { return isAny(gone, g) })
	if len(remaining) > maxPrincipals {
		return fmt.Errorf("the %d principals that remain do not fit into one command", len(remaining))
	}
	if ctx.Err() != nil {
		return q.client.conn.GaveUp(ctx, q.sends)
	}
	// From here on the notes must not be left out, whatever becomes of the caller.
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.client.conn.WriteLimit())
	defer cancel()
	set := WriteCommand(mgmt.Set, q.securable, q.role, fqnsOf(remaining), "")
	if _, err := q.client.write(lasting, q.securable, set, 1); err != nil {
		return err
	}
	return q.writeNotes(lasting, remaining)
}

// writeNotes writes the notes of grants back.
func (q *roleQueue) writeNotes(ctx context.Context, grants []*Grant) error {
	byNotes := make(map[string][]FQN)
	for _, g := range grants {
		if g.Notes != "" {
			byNotes[g.Notes] = append(byNotes[g.Notes], g.Principal)
		}
	}
	var failed []error
	for notes, principals := range byNotes {
		for _, r := range q.sendAdds(ctx, principals, notes) {
			failed = append(failed, r.err)
		}
	}
	return errors.Join(failed...)
}

func isPrincipalNotFound(err error) bool { return errors.Is(err, mgmt.ErrPrincipalNotFound) }

func fqnsOf(grants []*Grant) []FQN {
	fqns := make([]FQN, len(grants))
	for i, g := range grants {
		fqns[i] = g.Principal
	}
	return fqns
}
