// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// ErrPrerequisite is the reason if the principal lacks a role on the database that the granted role needs.
const ErrPrerequisite mgmt.Reason = "prerequisite missing"

// untilGranted repeats try, until ctx is done, while it fails because Microsoft Entra ID
// does not show a principal. While it fails because the principal lacks a role on the
// database that it needs first, try is repeated for a minute (Waits.Prerequisite): that role is
// often granted in the same run.
func (c *Client) untilGranted(ctx context.Context, cmd mgmt.Command, try func() *mgmt.Error) error {
	var clock struct{ backoff.BackOff }
	propagation := mgmt.Exponential(c.waits.PropagationInitial, c.waits.PropagationMax)
	// The pauses are short: the other grant is often there soon, and the last pause counts.
	prerequisite := c.conn.Backoff(c.waits.PropagationInitial)
	var lacking time.Time
	return c.conn.Retry(ctx, cmd, &clock, func(e *mgmt.Error) bool {
		switch {
		case e.TimeUp != nil:
			return false
		case e.Reason == mgmt.ErrPrincipalNotFound:
			clock.BackOff = propagation
			return true
		case e.Reason == ErrPrerequisite:
			if clock.BackOff = prerequisite; lacking.IsZero() {
				lacking = time.Now()
			}
			return time.Since(lacking) < c.waits.Prerequisite
		}
		return false
	}, try)
}

// withPrerequisite returns the error of an add that was refused. It has the reason
// [ErrPrerequisite] if nothing proves that the principal holds a role on the database that
// the granted role needs. No document says whether Kusto enforces that or in which words,
// so the database's own list decides, and not the words. If the cluster does not show that
// list at once, the refusal stands as it is.
func (c *Client) withPrerequisite(ctx context.Context, s Securable, role Role, f FQN, err error) error {
	e := mgmt.AsError(err)
	needed := s.Type.Needs(role)
	isRefused := e.Reason == mgmt.ErrRefused && e.Status == http.StatusBadRequest ||
		e.Reason == mgmt.ErrForbidden && f.isAbout(e.Message)
	if len(needed) == 0 || !isRefused {
		return err
	}
	list, readErr := c.principals(ctx, s.Owner(), listNeed{current: true, aside: true})
	switch {
	case readErr != nil && !errors.Is(readErr, mgmt.ErrForbidden) && !errors.Is(readErr, mgmt.ErrSecurableNotFound):
		return err
	case readErr == nil && slices.ContainsFunc(append(needed, Admins), func(r Role) bool { return list.Find(r, f) != nil }):
		return err
	}
	return e.WithReason(ErrPrerequisite)
}

// mayBeGranted reports whether a failure may pass with another grant, or with time.
func mayBeGranted(err error) bool {
	return errors.Is(err, mgmt.ErrPrincipalNotFound) || errors.Is(err, ErrPrerequisite)
}
