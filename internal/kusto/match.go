package kusto

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// PictureOf makes a picture of grants that are known already, such as those a
// state holds, to look principals up in.
func PictureOf(s Securable, grants []Grant) *Picture { return newPicture(s, grants) }

// Matching pairs written principals with the rows they are.
type Matching struct {
	// Grants holds, for each principal that was asked for, its row; nil for one
	// that has none.
	Grants []*Grant
	// Indistinct tells which principals are in the list without it being told
	// which row they are. Strangers leave a row out for each.
	Indistinct []bool
	// Strangers are the rows that are nobody's who was asked for.
	Strangers []*Grant
}

// Match finds the rows of many written principals in one list, sending a command
// only for those whose row the list alone does not tell. With complete, the
// caller knows that every row is one of the principals, as after [Cluster.Set],
// so that what is left over at last belongs together.
func (c *Cluster) Match(ctx context.Context, p *Picture, role Role, asked []FQN, complete bool) Matching {
	m := Matching{Grants: make([]*Grant, len(asked)), Indistinct: make([]bool, len(asked))}
	taken := make(map[*Grant]bool, len(asked))
	var open []int
	for i, f := range asked {
		if g, ok := p.findSurely(role, f); ok {
			m.Grants[i], taken[g] = g, true
			continue
		}
		open = append(open, i)
	}
	free := func() []*Grant { return without(p.Direct(role), taken) }
	if complete {
		open = m.eliminate(open, asked, free, taken)
	}
	m.ask(ctx, c, p, role, asked, open, taken, free())
	m.Strangers = free()
	return m
}

// eliminate gives a row to each principal that only one free row can be, until
// no more can be settled so.
func (m *Matching) eliminate(open []int, asked []FQN, free func() []*Grant, taken map[*Grant]bool) []int {
	for settled := true; settled; {
		settled = false
		var still []int
		for _, i := range open {
			if g, ok := only(candidatesFor(free(), asked[i])); ok {
				m.Grants[i], taken[g], settled = g, true, true
				continue
			}
			still = append(still, i)
		}
		open = still
	}
	return open
}

// ask settles the open principals by asking for all of them together. A row is
// set aside for each that stays indistinct.
func (m *Matching) ask(ctx context.Context, c *Cluster, p *Picture, role Role, asked []FQN, open []int, taken map[*Grant]bool, free []*Grant) {
	var asking errgroup.Group
	asking.SetLimit(CommandsInFlight)
	for _, i := range open {
		if len(candidatesFor(free, asked[i])) == 0 {
			continue
		}
		asking.Go(func() error {
			m.Grants[i], m.Indistinct[i] = c.Identify(ctx, p, role, asked[i])
			return nil
		})
	}
	_ = asking.Wait() // none of them fails
	for _, i := range open {
		if m.Grants[i] != nil {
			taken[m.Grants[i]] = true
		}
	}
	for _, i := range open {
		candidates := candidatesFor(without(free, taken), asked[i])
		if m.Indistinct[i] = m.Indistinct[i] && len(candidates) > 0; m.Indistinct[i] {
			taken[candidates[0]] = true
		}
	}
}

func without(grants []*Grant, taken map[*Grant]bool) []*Grant {
	var free []*Grant
	for _, g := range grants {
		if !taken[g] {
			free = append(free, g)
		}
	}
	return free
}
