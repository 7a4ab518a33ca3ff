// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
	"github.com/kusto-community/terraform-provider-kusto/internal/singleflight"
)

// cache holds the principal list of each securable for the length of a run.
// Everyone who asks shares one .show, and the answer of a write replaces the entry.
type cache struct {
	mu      sync.Mutex
	entries map[securableKey]*cacheEntry
	// writes counts the writes that succeeded anywhere in the cluster. A grant on a
	// database shows in the lists of its tables, and may turn "not authorized" into
	// an answer.
	writes int
	reads  singleflight.Group[listRead, *PrincipalList]
}

// listRead is one .show of a securable's principals: who asks for the same one shares it.
type listRead struct {
	securable          securableKey
	generation, writes int
	listNeed
}

// listNeed is what a caller needs of a list: current, that it shows every write to the
// cluster; aside, that it is a question on the side.
type listNeed struct{ current, aside bool }

// cacheEntry is the last known list of one securable, or the refusal to show it.
type cacheEntry struct {
	// generation counts the beginnings and ends of writes to the securable. An
	// answer is kept only if no other write began or ended since it was asked for:
	// if two answers overlap, their order is unknown.
	generation int
	list       *PrincipalList // nil: not known
	err        error
	writes     int // cache.writes when it was read
	// first is the list that was read first in this run.
	first *PrincipalList
}

// valid reports whether the entry answers a caller. A refusal is valid until the
// next write, which may have changed it. So is a list for a caller that must see
// every write.
func (e *cacheEntry) valid(writes int, current bool) bool {
	known := e.list != nil || e.err != nil
	return known && (e.writes == writes || e.err == nil && !current)
}

func (c *cache) entry(s Securable) *cacheEntry {
	e, ok := c.entries[s.key()]
	if !ok {
		e = &cacheEntry{}
		c.entries[s.key()] = e
	}
	return e
}

// Principals returns everyone who can affect the securable. The first call of a
// run sends one .show, and later calls share its answer. Writes of this client to
// the securable are in it.
func (c *Client) Principals(ctx context.Context, s Securable) (*PrincipalList, error) {
	return c.principals(ctx, s, listNeed{})
}

// PrincipalsSoon is Principals for a caller that needs no answer. It is tried for
// [Waits].Lookup.
func (c *Client) PrincipalsSoon(ctx context.Context, s Securable) (*PrincipalList, error) {
	ctx, cancel := c.briefly(ctx)
	defer cancel()
	return c.Principals(ctx, s)
}

// CurrentPrincipals is Principals for a caller that must see every write of this
// client so far, to other securables too: after one, it sends another .show.
func (c *Client) CurrentPrincipals(ctx context.Context, s Securable) (*PrincipalList, error) {
	return c.principals(ctx, s, listNeed{current: true})
}

// InitialPrincipals is PrincipalsSoon as they were when this client first read them. What it
// reports does not depend on which of a run's writes came before.
func (c *Client) InitialPrincipals(ctx context.Context, s Securable) (*PrincipalList, error) {
	list, err := c.PrincipalsSoon(ctx, s)
	s = c.readable(ctx, s)
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	if first := c.cache.entry(s).first; err == nil && first != nil {
		return first, nil
	}
	return list, err
}

func (c *Client) principals(ctx context.Context, s Securable, need listNeed) (*PrincipalList, error) {
	s = c.readable(ctx, s)
	return readShared(ctx, c, &c.cache.reads, func() (list *PrincipalList, next *listRead, err error) {
		c.cache.mu.Lock()
		defer c.cache.mu.Unlock()
		e := c.cache.entry(s)
		if e.valid(c.cache.writes, need.current) {
			return e.list, nil, e.err
		}
		return nil, &listRead{s.key(), e.generation, c.cache.writes, need}, nil
	}, ShowPrincipals(s), func(r listRead) (*PrincipalList, error) { return c.read(ctx, s, r) })
}

// readable is the securable as its list is cached. Before the first write of a run, two names
// of one database may have a list each: a plan need not ask which are one.
func (c *Client) readable(ctx context.Context, s Securable) Securable {
	if c.HasWritten() {
		return c.canonical(ctx, s)
	}
	used, _ := c.databases.use(s.Database)
	s.Database = used.first
	return s
}

// readShared returns what cached finds. If it returns the next read instead, that is made once
// for all callers who want it at the same time. It uses the context of the first caller. If
// that ends before the others', they start again. Sends is the command that a read sends.
func readShared[Read comparable, T any](
	ctx context.Context, c *Client, reads *singleflight.Group[Read, T], cached func() (value T, next *Read, err error), sends mgmt.Command, read func(Read) (T, error),
) (T, error) {
	for {
		value, next, err := cached()
		if next == nil {
			return value, err
		}
		select {
		case r := <-reads.DoChan(*next, func() (T, error) { return read(*next) }):
			if mgmt.AsError(r.Err).TimeUp != nil && ctx.Err() == nil {
				continue
			}
			return r.Val, r.Err
		case <-ctx.Done():
			failed := c.conn.GaveUp(ctx, sends.Is)
			failed.MayHaveRun = false
			return value, failed
		}
	}
}

// read sends the .show, and keeps its answer if no write came in between.
func (c *Client) read(ctx context.Context, s Securable, r listRead) (list *PrincipalList, err error) {
	send := c.conn.Run
	if r.aside {
		send = c.askOnce
	}
	rows, err := send(ctx, ShowPrincipals(s))
	if err == nil {
		list = ReadPrincipalList(s, rows)
	} else {
		err = s.refusal(mgmt.AsError(err))
	}
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	lasting := err == nil || errors.Is(err, mgmt.ErrSecurableNotFound) || errors.Is(err, mgmt.ErrForbidden)
	if e := c.cache.entry(s); lasting && e.generation == r.generation {
		e.list, e.err, e.writes = list, err, r.writes
		if e.first == nil {
			e.first = list
		}
	}
	return list, err
}

// write sends a command that changes the list of a securable, again after a failure
// that may pass, and returns the list after it. A command about several principals that
// took too long is not sent again: its caller sends fewer at a time.
func (c *Client) write(ctx context.Context, s Securable, cmd mgmt.Command, principals int) (list *PrincipalList, err error) {
	tooMany := func(e *mgmt.Error) bool { return principals > 1 && e.TimedOut() }
	err = c.conn.RetryTransient(ctx, cmd, tooMany, func() *mgmt.Error {
		generation := c.cache.writeBegins(s)
		rows, failed := c.conn.Send(ctx, cmd)
		if list = nil; failed == nil {
			list = ReadPrincipalList(s, rows)
		} else {
			failed = s.refusal(failed)
		}
		c.cache.writeEnds(s, generation, list, failed)
		return failed
	})
	if err != nil {
		err = c.withFollower(ctx, s, err)
	}
	return list, err
}

// refusal is the error of a command about the securable. A cluster exists if it answers: that
// something was not found is a refusal then, and not that nobody has a role.
func (s Securable) refusal(e *mgmt.Error) *mgmt.Error {
	if s.Type == Cluster && e.Reason == mgmt.ErrSecurableNotFound {
		return e.WithReason(mgmt.ErrRefused)
	}
	return e
}

func (c *cache) writeBegins(s Securable) (generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(s)
	e.generation++
	return e.generation
}

// writeEnds replaces the entry by the answer's list. If another write crossed this
// one, or it is unknown whether it ran, the entry becomes invalid. A refusal leaves
// it as it was.
func (c *cache) writeEnds(s Securable, generation int, list *PrincipalList, failed *mgmt.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(s)
	crossed := e.generation != generation
	e.generation++
	if failed != nil && !failed.MayHaveRun {
		return
	}
	c.writes++
	e.list, e.err, e.writes = list, nil, c.writes
	if crossed {
		e.list = nil
	}
}

// known is the list of a securable, nil if it is not known.
func (c *cache) known(s Securable) *PrincipalList {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entry(s).list
}

// invalidate makes the next caller read the securable's list again.
func (c *cache) invalidate(s Securable) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(s)
	e.generation++
	e.list, e.err = nil, nil
}
