package kusto

import (
	"context"
	"strings"
)

// Kusto answers with resolved names whatever was asked for, so finding the row
// of a principal that someone wrote as a UPN, an address or a display name takes
// some care. Ids and the UPNs that Kusto appends prove a row. Everything else is
// settled by asking Kusto which object the written name stands for, or by there
// being no other row that it could be; never by likeness alone.

// whichIs finds the row of a principal that has just been added: it must be one
// of the list. A nil grant without an error says that the principal is in the
// list and that nothing tells which of several rows it is.
func (c *Cluster) whichIs(ctx context.Context, role Role, asked FQN, after *Picture) (*Grant, error) {
	if g, ok := after.findSurely(role, asked); ok {
		return g, nil
	}
	candidates := candidatesFor(after.Direct(role), asked)
	switch len(candidates) {
	case 0:
		return nil, &Error{Kind: NotApplied, Cluster: c.uri,
			Message: "Kusto accepted the command, but its answer does not list " + asked.String()}
	case 1:
		return candidates[0], nil
	}
	g, _ := c.settle(ctx, after.Securable, asked, candidates)
	return g, nil
}

// Identify finds the grant of a principal in any form a person may write; nil
// when it holds none. It sends one more command only when the rows alone do not
// tell. Where that command is refused too, the only row of that display name is
// taken; if there are several, ambiguous is set.
func (c *Cluster) Identify(ctx context.Context, p *Picture, role Role, asked FQN) (found *Grant, ambiguous bool) {
	if g, ok := p.findSurely(role, asked); ok {
		return g, false
	}
	if asked.Resolved() && asked.Type != App {
		return nil, false
	}
	candidates := candidatesFor(p.Direct(role), asked)
	if len(candidates) == 0 {
		return nil, false
	}
	return c.settle(ctx, p.Securable, asked, candidates)
}

// settle finds out which of the candidates a written name is, or that it is none
// of them, by asking Kusto for the object behind the name. That may need more
// rights than the caller has: then only a display name that one candidate alone
// has is taken, and everything else is ambiguous. A row that is new in the list is
// no proof: somebody else may have been added meanwhile.
func (c *Cluster) settle(ctx context.Context, s Securable, asked FQN, candidates []*Grant) (found *Grant, ambiguous bool) {
	objects, err := c.objectsOf(ctx, s, asked)
	switch {
	case KindOf(err) == PrincipalNotFound:
		return nil, false
	case err != nil:
		g, ok := only(alike(candidates, asked))
		return g, !ok
	}
	for _, g := range candidates {
		if g.isOneOf(objects) {
			return g, false
		}
	}
	return nil, false
}

// objectsOf are the object ids, in lower case, that Kusto resolves a written
// name to; empty when the principal holds no role here.
func (c *Cluster) objectsOf(ctx context.Context, s Securable, asked FQN) (map[string]bool, error) {
	rows, err := c.run(ctx, rolesCommand(s, asked))
	if err != nil {
		return nil, err
	}
	objects := make(map[string]bool, 1)
	for _, r := range rows {
		if id := r.get("aadobjectid"); id != "" {
			objects[strings.ToLower(id)] = true
		}
	}
	return objects, nil
}

func (g *Grant) isOneOf(objects map[string]bool) bool {
	return objects[strings.ToLower(g.ObjectID)] || objects[strings.ToLower(g.Principal.ID)]
}

// candidatesFor are the rows that nothing rules out.
func candidatesFor(grants []*Grant, asked FQN) []*Grant {
	var candidates []*Grant
	for _, g := range grants {
		if !g.IsSurelyNot(asked) {
			candidates = append(candidates, g)
		}
	}
	return candidates
}

// alike are the candidates whose display name is what was written. Where a
// candidate is of another tenant than they, there are none: its row may hide the
// very name that was written.
func alike(candidates []*Grant, asked FQN) []*Grant {
	var same []*Grant
	for _, g := range candidates {
		if g.likeness(asked) == probable {
			same = append(same, g)
		}
		if !strings.EqualFold(g.Principal.Tenant, candidates[0].Principal.Tenant) {
			return nil
		}
	}
	return same
}

func only(grants []*Grant) (*Grant, bool) {
	if len(grants) == 1 {
		return grants[0], true
	}
	return nil, false
}
