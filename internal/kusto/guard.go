package kusto

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// The lockout guard: a change to a list of admins is refused when after it the
// caller, or everyone, would be no admin of the securable any more. Being admin
// by an inherited row is still being admin.

// adminWords end the Role column of every row that makes an admin, inherited
// ones included: "Database Samples Admin", "AllDatabasesAdmin".
const adminWords = "admin"

func (g *Grant) makesAdmin() bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimSpace(g.Words)), adminWords)
}

func (g *Grant) isCaller(caller Caller) bool {
	if caller.ObjectID != "" && strings.EqualFold(g.ObjectID, caller.ObjectID) {
		return true
	}
	switch g.Type {
	case App:
		return caller.ClientID != "" && strings.EqualFold(g.Principal.ID, caller.ClientID)
	case User:
		return caller.ObjectID != "" && strings.EqualFold(g.Principal.ID, caller.ObjectID)
	}
	return false
}

// adminsAfter are the admins that stay, by any row, when leaving are dropped.
type adminsAfter struct {
	caller      Caller
	wasCaller   bool // the caller was an admin by a row of its own
	callerStays bool
	group       bool // a group that makes admins stays
	anyone      bool
}

// lockout says why a change must not be made; nil when it may. leaves tells
// which direct admins go. Admins that come are counted by joining.
func (p *Picture) lockout(caller Caller, leaves func(*Grant) bool, joining []FQN) error {
	after := adminsAfter{caller: caller}
	var lastGroup *Grant
	for i := range p.Grants {
		g := &p.Grants[i]
		if !g.makesAdmin() {
			continue
		}
		stays := g.Inherited || !leaves(g)
		after.count(g, stays)
		if !stays && g.Type == Group {
			lastGroup = g
		}
	}
	for _, f := range joining {
		g := Grant{Principal: f, Type: f.Type, Words: adminWords}
		after.count(&g, true)
	}
	return after.verdict(p.Securable, lastGroup)
}

func (a *adminsAfter) count(g *Grant, stays bool) {
	mine := g.isCaller(a.caller)
	a.wasCaller = a.wasCaller || mine
	if stays {
		a.anyone = true
		a.callerStays = a.callerStays || mine
		a.group = a.group || g.Type == Group
	}
}

func (a *adminsAfter) verdict(s Securable, groupLeaving *Grant) error {
	const meant = "; if that is what you mean, set allow_lockout = true on this resource, apply, and try again"
	switch {
	case !a.anyone:
		return &Error{Kind: Lockout, Message: fmt.Sprintf("%s would have no admin left%s", s, meant)}
	case a.wasCaller && !a.callerStays:
		return &Error{Kind: Lockout, Message: fmt.Sprintf("the identity that runs Terraform would no longer be an admin of %s%s", s, meant)}
	case !a.wasCaller && groupLeaving != nil && !a.group:
		return &Error{Kind: Lockout, Message: fmt.Sprintf(
			"the identity that runs Terraform is no admin of %s by itself, so it may be one as a member of the group %q, the last group among the admins%s",
			s, groupLeaving.DisplayName, meant)}
	}
	return nil
}

// CheckDrop is the lockout guard for dropping one admin, by what the list shows
// now. It reports nil for any other role.
func (c *Cluster) CheckDrop(ctx context.Context, s Securable, role Role, principal FQN) error {
	return c.checkAdmins(ctx, s, role, nil, func(p *Picture) func(*Grant) bool {
		leaving, _ := p.findSurely(role, principal)
		return func(g *Grant) bool { return g == leaving }
	})
}

// CheckSet is the lockout guard for making principals the role's whole list. An
// admin stays only if a row, or Kusto's own word, proves that it is one of them.
func (c *Cluster) CheckSet(ctx context.Context, s Securable, role Role, principals []FQN) error {
	err := c.checkSet(ctx, s, role, principals)
	if KindOf(err) != Lockout {
		return err
	}
	return c.checkSet(ctx, s, role, c.proven(ctx, s, role, principals))
}

// proven puts resolved names in the place of those that only Kusto can tell, such
// as the display name of the caller itself.
func (c *Cluster) proven(ctx context.Context, s Securable, role Role, asked []FQN) []FQN {
	p, err := c.Picture(ctx, s)
	if err != nil {
		return asked
	}
	proven := slices.Clone(asked)
	for i, f := range asked {
		candidates := candidatesFor(p.Direct(role), f)
		if _, sure := p.findSurely(role, f); sure || len(candidates) == 0 {
			continue
		}
		objects, err := c.objectsOf(ctx, s, f)
		if err != nil {
			continue // not proven
		}
		for _, g := range candidates {
			if g.isOneOf(objects) {
				proven[i] = g.Principal
			}
		}
	}
	return proven
}

func (c *Cluster) checkSet(ctx context.Context, s Securable, role Role, principals []FQN) error {
	return c.checkAdmins(ctx, s, role, principals, func(p *Picture) func(*Grant) bool {
		staying := make(map[*Grant]bool, len(principals))
		for _, f := range principals {
			if g, ok := p.findSurely(role, f); ok {
				staying[g] = true
			}
		}
		return func(g *Grant) bool { return !staying[g] }
	})
}

func (c *Cluster) checkAdmins(ctx context.Context, s Securable, role Role, joining []FQN, leaving func(*Picture) func(*Grant) bool) error {
	if role != Admins {
		return nil
	}
	p, err := c.Picture(ctx, s)
	if err != nil {
		return unlessAbsent(err)
	}
	caller, err := c.Caller(ctx)
	if err != nil {
		return err
	}
	return p.lockout(caller, leaving(p), joining)
}

// unlessAbsent: on a securable that is not there no one can be locked out.
func unlessAbsent(err error) error {
	if KindOf(err) == SecurableNotFound {
		return nil
	}
	return err
}

// withoutLockouts takes the requests out of a batch whose drop would lock
// someone out, one after another, and tells them so.
func (c *Cluster) withoutLockouts(ctx context.Context, q *queue, batch []*request) []*request {
	var guarded, meant []*request
	for _, r := range batch {
		if r.allowLockout {
			meant = append(meant, r)
			continue
		}
		guarded = append(guarded, r)
	}
	if len(guarded) == 0 {
		return batch
	}
	p, err := c.Picture(ctx, q.securable)
	if KindOf(err) == SecurableNotFound {
		return batch // the drop itself finds that out
	}
	var caller Caller
	if err == nil {
		caller, err = c.Caller(ctx)
	}
	if err != nil {
		tellAll(guarded, err)
		return meant
	}
	return p.withoutLockouts(caller, batch)
}

func (p *Picture) withoutLockouts(caller Caller, batch []*request) []*request {
	leaving := make(map[*Grant]bool, len(batch))
	leaves := func(g *Grant) bool { return leaving[g] }
	var allowed []*request
	for _, r := range batch {
		g, held := p.findSurely(Admins, r.principal)
		if held && !r.allowLockout {
			leaving[g] = true
			if err := p.lockout(caller, leaves, nil); err != nil {
				delete(leaving, g)
				r.done <- outcome{err: err}
				continue
			}
		}
		if held {
			leaving[g] = true
		}
		allowed = append(allowed, r)
	}
	return allowed
}

// Caller is who the cluster's commands run as.
func (c *Cluster) Caller(ctx context.Context) (Caller, error) {
	if c.caller == nil {
		return Caller{}, nil
	}
	audience, err := c.Audience(ctx)
	if err != nil {
		return Caller{}, err
	}
	token, err := c.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
	if err != nil {
		return Caller{}, &Error{Kind: SignIn, Cluster: c.uri, Err: err}
	}
	return c.caller(token.Token)
}
