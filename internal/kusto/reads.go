package kusto

import (
	"context"
	"errors"
	"sync"
)

// reads holds the picture of each securable for the length of a run: everyone
// who asks shares one .show, and a write's answer takes the picture's place.
type reads struct {
	mu       sync.Mutex
	readings map[securableKey]*reading
	// writing counts the writes under way at a securable. Two answers that cross
	// cannot tell which is the later, so neither is kept.
	writing map[securableKey]*overlap
	// writes counts the writes that succeeded anywhere in the cluster. A grant on
	// a database shows in the lists of its tables, and may turn "not authorized"
	// into an answer.
	writes int
}

// reading is one .show, under way or answered.
type reading struct {
	crowd   *crowd
	done    chan struct{}
	picture *Picture
	err     error
	writes  int // reads.writes when the picture was taken
}

type overlap struct {
	count   int
	crossed bool
}

// keep reports whether a finished reading still holds. A refusal is shared by
// everyone who asks, until a write may have changed it; a failure on the way is
// not.
func (r *reading) keep(writes int) bool {
	select {
	case <-r.done:
	default:
		return r.crowd.ctx.Err() == nil
	}
	if r.err == nil {
		return true
	}
	kind := KindOf(r.err)
	return (kind == SecurableNotFound || kind == Forbidden) && r.writes == writes
}

// Picture gives everyone who can affect the securable. The first caller of a run
// sends one .show, whose answer later callers share; what this process writes is
// in it.
func (c *Cluster) Picture(ctx context.Context, s Securable) (*Picture, error) {
	return c.picture(ctx, s, func(r *reading, writes int) bool { return r.keep(writes) })
}

// Fresh is Picture for a caller that must see every write of this process so
// far, those on other securables included: it asks again if there were any.
func (c *Cluster) Fresh(ctx context.Context, s Securable) (*Picture, error) {
	return c.picture(ctx, s, func(r *reading, writes int) bool { return r.writes == writes && r.keep(writes) })
}

func (c *Cluster) picture(ctx context.Context, s Securable, good func(*reading, int) bool) (*Picture, error) {
	for {
		r, leave := c.reading(ctx, s, good)
		select {
		case <-r.done:
			leave()
		case <-ctx.Done():
			leave()
			return nil, &Error{Kind: Interrupted, Cluster: c.uri, Err: context.Cause(ctx)}
		}
		if r.err != nil && KindOf(r.err) == Interrupted && ctx.Err() == nil {
			continue // those it was read for are gone; this caller is not
		}
		return r.picture, r.err
	}
}

// reading joins the reading under way or at hand, or begins one.
func (c *Cluster) reading(ctx context.Context, s Securable, good func(*reading, int) bool) (*reading, func()) {
	c.reads.mu.Lock()
	defer c.reads.mu.Unlock()
	if r, ok := c.reads.readings[s.key()]; ok && good(r, c.reads.writes) {
		return r, r.crowd.join(ctx)
	}
	r := &reading{crowd: newCrowd(ctx), done: make(chan struct{}), writes: c.reads.writes}
	leave := r.crowd.join(ctx)
	c.reads.put(s, r)
	go func() {
		defer close(r.done)
		rows, err := c.run(r.crowd.ctx, showCommand(s))
		if err != nil {
			r.err = err
			return
		}
		r.picture = newPicture(s, grantsOf(s, rows))
	}()
	return r, leave
}

func (r *reads) put(s Securable, latest *reading) {
	if r.readings == nil {
		r.readings = make(map[securableKey]*reading)
	}
	r.readings[s.key()] = latest
}

// peek gives the picture at hand, if there is one; it never asks.
func (c *Cluster) peek(s Securable) *Picture {
	c.reads.mu.Lock()
	defer c.reads.mu.Unlock()
	r, ok := c.reads.readings[s.key()]
	if !ok {
		return nil
	}
	select {
	case <-r.done:
		return r.picture
	default:
		return nil
	}
}

// writeBegins notes that a write at the securable is under way.
func (c *Cluster) writeBegins(s Securable) {
	c.reads.mu.Lock()
	defer c.reads.mu.Unlock()
	if c.reads.writing == nil {
		c.reads.writing = make(map[securableKey]*overlap)
	}
	o := c.reads.writing[s.key()]
	if o == nil {
		o = &overlap{}
		c.reads.writing[s.key()] = o
	}
	o.count++
	o.crossed = o.crossed || o.count > 1
}

// writeEnds puts the answer's list in the picture's place. Where another write
// crossed this one, or it failed without word of what was done, the next who
// asks reads anew; a refusal leaves the picture as it was.
func (c *Cluster) writeEnds(s Securable, answer *Picture, err error) {
	c.reads.mu.Lock()
	defer c.reads.mu.Unlock()
	o := c.reads.writing[s.key()]
	o.count--
	if o.count == 0 {
		delete(c.reads.writing, s.key())
	}
	if refused(err) {
		return
	}
	c.reads.writes++
	if err != nil || o.crossed {
		delete(c.reads.readings, s.key())
		return
	}
	done := make(chan struct{})
	close(done)
	c.reads.put(s, &reading{crowd: newCrowd(context.Background()), done: done, picture: answer, writes: c.reads.writes})
}

// refused reports whether the service answered that it did nothing.
func refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status >= 400 && e.Status < 500 && e.Tries <= 1
}
