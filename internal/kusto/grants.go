package kusto

import (
	"context"
	"fmt"
)

// Add grants a role to a principal and gives the row that shows it, from the
// answer of the command itself. A grant that is there already is success. Nil
// notes leave whatever notes there are. A principal that Entra ID does not show
// yet is waited for until ctx is done.
//
// A nil grant without an error says that the role is granted and that the answer
// does not tell which row it is (see [Cluster.Identify]).
func (c *Cluster) Add(ctx context.Context, s Securable, role Role, principal FQN, notes *string) (*Grant, error) {
	key := batchKey{securable: s.key(), verb: verbAdd, role: role}
	if notes != nil && *notes != "" {
		key.hasNotes, key.notes = true, *notes
	}
	return c.submit(s, key, &request{ctx: ctx, principal: principal})
}

// Drop revokes a role from a principal. A grant that is not there is success.
// Dropping the caller's own, or the last, admin is refused unless allowLockout.
func (c *Cluster) Drop(ctx context.Context, s Securable, role Role, principal FQN, allowLockout bool) error {
	key := batchKey{securable: s.key(), verb: verbDrop, role: role}
	_, err := c.submit(s, key, &request{ctx: ctx, principal: principal, allowLockout: allowLockout})
	return err
}

// Set makes principals the whole list of a role's direct grants, in one command,
// and gives the list after it. No principals empties the role.
func (c *Cluster) Set(ctx context.Context, s Securable, role Role, principals []FQN, allowLockout bool) (*Picture, error) {
	if !allowLockout {
		if err := c.CheckSet(ctx, s, role, principals); err != nil {
			return nil, err
		}
	}
	unique := make([]*request, len(principals))
	for i, f := range principals {
		unique[i] = &request{principal: f}
	}
	setting := c.newRetrier(writeCommand(verbSet, s, role, principalsOf(unique), nil))
	setting.waitForLate = true
	after, err := c.change(ctx, s, setting)
	if KindOf(err) == SecurableNotFound && len(principals) == 0 {
		return newPicture(s, nil), nil
	}
	return after, err
}

// SetNotes changes the notes of a grant that is there, and gives its row. No
// document says whether .add changes the notes of a present grant, so where it
// does not, the grant is dropped and added again with the new ones. That leaves
// the principal without the role for a moment, and is refused where it would
// lock someone out. An engine that shows no notes is taken at its word.
func (c *Cluster) SetNotes(ctx context.Context, s Securable, role Role, resolved FQN, notes string, allowLockout bool) (*Grant, error) {
	if notes != "" {
		g, err := c.Add(ctx, s, role, resolved, &notes)
		if err != nil || (g != nil && (g.Notes == notes || g.NotesHidden)) {
			return g, err
		}
	}
	if err := c.Drop(ctx, s, role, resolved, allowLockout); err != nil {
		return nil, err
	}
	// From here the role is gone: giving it back matters more than the caller's
	// patience.
	restoring, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.pauses.Attempt)
	defer cancel()
	g, err := c.Add(restoring, s, role, resolved, &notes)
	if err != nil {
		return nil, fmt.Errorf("the grant was dropped to change its notes and could not be added again: %w", err)
	}
	return g, nil
}

// stillThere is the error of a drop that Kusto accepted and whose answer shows
// the principal all the same, as it does for a role that a Fabric workspace
// gives.
func stillThere(q *queue, r *request, after *Picture) error {
	g, there := after.findSurely(q.key.role, r.principal)
	if !there {
		return nil
	}
	return &Error{Kind: NotApplied, Message: fmt.Sprintf(
		"Kusto accepted the command and still lists %s among the %s of %s; a role that comes from a Fabric workspace or an item's sharing can only be taken away there",
		g.DisplayName, q.key.role, q.securable)}
}

// dropRefused tells a batch of drops that failed. A drop is done when the grant
// is not there: no document says whether dropping an absent principal is an
// error, and a try that was cut off may have done the work. Those that are there
// are tried again without the others.
func (c *Cluster) dropRefused(ctx context.Context, q *queue, batch []*request, err error) {
	if KindOf(err) == SecurableNotFound {
		tellAll(batch, nil)
		return
	}
	if !blamesOne(err) {
		tellAll(batch, err)
		return
	}
	c.forget(q.securable)
	p, readErr := c.Picture(ctx, q.securable)
	switch {
	case KindOf(readErr) == SecurableNotFound:
		tellAll(batch, nil)
		return
	case readErr != nil:
		tellAll(batch, err)
		return
	}
	held := c.heldOf(ctx, batch, q.key.role, p)
	switch {
	case len(held) > 0 && len(held) < len(batch):
		c.send(q, held, nil)
	case len(held) > 1:
		c.split(q, held, err)
	default:
		tellAll(held, err)
	}
}

// heldOf are the drops whose grant is in the list, or may be; the others are told
// that they are done.
func (c *Cluster) heldOf(ctx context.Context, batch []*request, role Role, p *Picture) []*request {
	var held []*request
	for _, r := range batch {
		if g, ambiguous := c.Identify(ctx, p, role, r.principal); g != nil || ambiguous {
			held = append(held, r)
			continue
		}
		r.done <- outcome{}
	}
	return held
}
