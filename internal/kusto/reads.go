package kusto

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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
	writes  int                   // reads.writes when the picture was taken
	last    atomic.Pointer[Error] // what the last try failed of
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
			return nil, c.gaveUp(ctx, r.last.Load())
		}
		if wasAbandoned(r.err) && ctx.Err() == nil {
			continue // those it was read for are gone; this caller is not
		}
		return r.picture, r.err
	}
}

// gaveUp is the error of a caller whose time is up while others wait on: what
// the command failed of so far, where it did, tells most.
func (c *Cluster) gaveUp(ctx context.Context, last *Error) error {
	cause := context.Cause(ctx)
	if last == nil {
		return &Error{Kind: Interrupted, Cluster: c.uri, Err: cause, TimeUp: cause}
	}
	out := *last
	out.TimeUp = cause
	return &out
}

// wasAbandoned reports whether a command ended because its callers gave up.
func wasAbandoned(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == Interrupted || e.TimeUp != nil)
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
		asking := c.newRetrier(showCommand(s))
		asking.failed = r.last.Store
		rows, err := asking.run(r.crowd.ctx)
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

// writeBegins notes that one try of a write at the securable is under way.
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
func (c *Cluster) writeEnds(s Securable, answer *Picture, failed *Error) {
	c.reads.mu.Lock()
	defer c.reads.mu.Unlock()
	o := c.reads.writing[s.key()]
	o.count--
	if o.count == 0 {
		delete(c.reads.writing, s.key())
	}
	if refused(failed) {
		return
	}
	c.reads.writes++
	if failed != nil || o.crossed {
		delete(c.reads.readings, s.key())
		return
	}
	done := make(chan struct{})
	close(done)
	c.reads.put(s, &reading{crowd: newCrowd(context.Background()), done: done, picture: answer, writes: c.reads.writes})
}

// refused reports whether the failure of one try says that nothing was done.
func refused(e *Error) bool {
	switch {
	case e == nil:
		return false
	case e.Kind == SignIn, e.Kind == Untrusted:
		return true
	}
	return e.Status >= 400 && e.Status < 500 && e.Kind != Unavailable
}

// forget makes the next who asks for the securable read anew, for a caller who
// has reason to believe that someone else changed it.
func (c *Cluster) forget(s Securable) {
	c.reads.mu.Lock()
	defer c.reads.mu.Unlock()
	delete(c.reads.readings, s.key())
}
