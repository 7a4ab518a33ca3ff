// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// isAdmin reports whether the row makes its principal an admin of the securable.
// Inherited rows count: "Database Samples Admin", "AllDatabasesAdmin".
func (g *Grant) isAdmin() bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimSpace(g.RoleText)), "admin")
}

// CheckLockout returns an [ErrLockout] if a change to the direct admins of a
// securable would leave it without an admin, or take the caller's own admin access
// away. Leaving are the grants that are removed, joining the principals that are
// added. For any other role it returns nil.
func (c *Client) CheckLockout(ctx context.Context, list *PrincipalList, role Role, leaving []*Grant, joining []FQN) error {
	if role != Admins || len(leaving) == 0 {
		return nil
	}
	caller, err := c.callerPrincipals(ctx)
	if err != nil {
		return err
	}
	return lockout(list, caller, leaving, joining)
}

// lockout is CheckLockout for a known caller.
func lockout(list *PrincipalList, caller []FQN, leaving []*Grant, joining []FQN) error {
	isCaller := func(g *Grant) bool { return isAny(caller, g) }
	var anyone, callerWas, callerStays bool
	var groupLeaving *Grant
	count := func(g *Grant, leaves bool) {
		callerWas = callerWas || isCaller(g)
		if leaves {
			if g.Principal.Type == Group {
				groupLeaving = g
			}
			return
		}
		anyone = true
		callerStays = callerStays || isCaller(g)
	}
	for i := range list.Grants {
		if g := &list.Grants[i]; g.isAdmin() {
			count(g, !g.Inherited && slices.Contains(leaving, g))
		}
	}
	for _, f := range joining {
		count(&Grant{Principal: f}, false)
	}
	const meant = "; if that is intended, set allow_lockout = true on this resource, apply, and try again"
	switch {
	case !anyone:
		return &Error{Reason: ErrLockout, Message: fmt.Sprintf("%s would have no admin left%s", list.Securable, meant)}
	case callerWas && !callerStays:
		return &Error{Reason: ErrLockout, Message: fmt.Sprintf("the identity that runs Terraform would no longer be an admin of %s%s", list.Securable, meant)}
	case !callerStays && groupLeaving != nil:
		return &Error{Reason: ErrLockout, Message: fmt.Sprintf(
			"the identity that runs Terraform is not an admin of %s by itself, so it may be one as a member of the group %q%s",
			list.Securable, groupLeaving.DisplayName, meant)}
	}
	return nil
}

// isAny reports whether a row proves to be one of the principals.
func isAny(principals []FQN, g *Grant) bool { return slices.ContainsFunc(principals, g.Is) }
