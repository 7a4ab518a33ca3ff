package kusto

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mostInBatch bounds how many principals go into one command.
const mostInBatch = 500

// longestRegroup bounds how long a crowded queue waits for those it has just
// answered to come back with their next grant.
const longestRegroup = 250 * time.Millisecond

// writes gathers grants. What arrives for the same securable, role and notes
// while a command is in flight goes together in the next one; what arrives at an
// idle queue goes at once. See regroup for what is between two commands.
type writes struct {
	mu     sync.Mutex
	queues map[batchKey]*queue
}

// batchKey is what the principals of one command have in common.
type batchKey struct {
	securable securableKey
	verb      verb
	role      Role
	hasNotes  bool
	notes     string
}

// queue is the waiting line of one batchKey. It exists while anyone waits.
type queue struct {
	key       batchKey
	securable Securable
	waiting   []*request
	joined    chan struct{} // holds a token after someone joined the line
	most      int           // the crowd: how many wait or were just answered, at most; for drain alone
}

// request is one grant to add or drop, and whoever waits for it.
type request struct {
	ctx          context.Context
	principal    FQN
	allowLockout bool
	done         chan outcome          // buffered: the answer never waits for its reader
	last         atomic.Pointer[Error] // what the last try of its command failed of
}

// outcome is what became of a request: for an added grant its row, which is nil
// when the list does not tell which of several it is.
type outcome struct {
	grant *Grant
	err   error
}

func (k batchKey) notesOrNil() *string {
	if !k.hasNotes {
		return nil
	}
	return &k.notes
}

// submit puts a request in line and waits for what becomes of it. A caller that
// gives up while in line is taken out, and nothing is sent for it; one whose
// command is on its way hears what it did, unless others keep trying for longer
// than a command on its way is let finish.
func (c *Cluster) submit(s Securable, key batchKey, r *request) (*Grant, error) {
	if r.ctx.Err() != nil {
		return nil, c.gaveUp(r.ctx, nil)
	}
	r.done = make(chan outcome, 1)
	q := c.enqueue(s, key, r)
	select {
	case o := <-r.done:
		return o.grant, o.err
	case <-r.ctx.Done():
	}
	if c.withdraw(q, r) {
		return nil, c.gaveUp(r.ctx, nil)
	}
	patience := time.NewTimer(c.pauses.Finish)
	defer patience.Stop()
	select {
	case o := <-r.done:
		return o.grant, o.err
	case <-patience.C:
		c.forget(s) // what was done is not known here
		return nil, c.gaveUp(r.ctx, r.last.Load())
	}
}

func (c *Cluster) enqueue(s Securable, key batchKey, r *request) *queue {
	c.writes.mu.Lock()
	defer c.writes.mu.Unlock()
	q, running := c.writes.queues[key]
	if !running {
		q = &queue{key: key, securable: s, joined: make(chan struct{}, 1)}
		if c.writes.queues == nil {
			c.writes.queues = make(map[batchKey]*queue)
		}
		c.writes.queues[key] = q
		defer func() { go c.drain(q) }()
	}
	q.waiting = append(q.waiting, r)
	select {
	case q.joined <- struct{}{}:
	default:
	}
	return q
}

// withdraw takes a request out of the line; false when it is on its way.
func (c *Cluster) withdraw(q *queue, r *request) bool {
	c.writes.mu.Lock()
	defer c.writes.mu.Unlock()
	i := slices.Index(q.waiting, r)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// drain sends what waits, batch after batch, until no one does.
func (c *Cluster) drain(q *queue) {
	runtime.Gosched() // those who came at the same moment go along
	for {
		batch := c.nextBatch(q)
		if len(batch) == 0 {
			return
		}
		started := time.Now()
		c.send(q, batch, nil)
		c.regroup(q, len(batch), min(time.Since(started), longestRegroup))
	}
}

// regroup waits, in a crowd, until half of it stands in line. A CLI takes time
// to come back with its next grant, more than a command where it has thousands
// to keep account of. Without this, each command would carry the one or two that
// came meanwhile; and while half of the callers are on their way the CLI has
// enough to do, so nothing gets slower. The wait is no longer than the last
// command took, and a crowd that did not come is taken for smaller the next time.
// One who comes to an idle queue does not wait at all.
func (c *Cluster) regroup(q *queue, answered int, longest time.Duration) {
	q.most = max(q.most, answered+c.inLine(q))
	timer := time.NewTimer(longest)
	defer timer.Stop()
	for c.inLine(q) < (q.most+1)/2 {
		select {
		case <-q.joined:
		case <-timer.C:
			q.most--
			return
		}
	}
}

func (c *Cluster) inLine(q *queue) int {
	c.writes.mu.Lock()
	defer c.writes.mu.Unlock()
	return len(q.waiting)
}

func (c *Cluster) nextBatch(q *queue) []*request {
	c.writes.mu.Lock()
	defer c.writes.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(r *request) bool {
		gone := r.ctx.Err() != nil
		if gone { // before it could withdraw
			r.done <- outcome{err: c.gaveUp(r.ctx, nil)}
		}
		return gone
	})
	n := min(len(q.waiting), mostInBatch)
	if n == 0 {
		delete(c.writes.queues, q.key)
		return nil
	}
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}

// send runs one batch and tells everyone in it what became of their grant.
// seen is a failure the lone request of a batch has met already: it is then
// waited for, by itself.
func (c *Cluster) send(q *queue, batch []*request, seen *Error) {
	crowd := newCrowd(batch[0].ctx)
	defer crowd.joinAll(contextsOf(batch)...)()
	if q.key.verb == verbDrop && q.key.role == Admins {
		batch = c.withoutLockouts(crowd.ctx, q, batch)
		if len(batch) == 0 {
			return
		}
	}
	after, err := c.write(crowd.ctx, q, batch, seen)
	switch {
	case err == nil:
		c.tell(crowd.ctx, q, batch, after)
	case q.key.verb == verbDrop:
		c.dropRefused(crowd.ctx, q, batch, err)
	case len(batch) > 1 && blamesOne(err):
		c.split(q, batch, err)
	case KindOf(err) == PrincipalNotFound && seen == nil:
		// Alone from here on, so that no one else waits for it.
		var first *Error
		errors.As(err, &first)
		go c.send(q, batch, first)
	default:
		tellAll(batch, err)
	}
}

func contextsOf(batch []*request) []context.Context {
	all := make([]context.Context, len(batch))
	for i, r := range batch {
		all[i] = r.ctx
	}
	return all
}

// write sends the batch's command and keeps its answer as the picture.
func (c *Cluster) write(ctx context.Context, q *queue, batch []*request, seen *Error) (*Picture, error) {
	sending := c.newRetrier(writeCommand(q.key.verb, q.securable, q.key.role, principalsOf(batch), q.key.notesOrNil()))
	sending.waitForLate, sending.given = seen != nil, seen
	sending.failed = func(e *Error) {
		for _, r := range batch {
			r.last.Store(e)
		}
	}
	return c.change(ctx, q.securable, sending)
}

// change runs a command that changes the list of a securable and makes its
// answer the picture of it. While it pauses between tries, others' answers count.
func (c *Cluster) change(ctx context.Context, s Securable, sending *retrier) (*Picture, error) {
	var after *Picture
	attempt := sending.send
	sending.send = func(ctx context.Context) ([]row, *Error) {
		c.writeBegins(s)
		rows, failed := attempt(ctx)
		if failed == nil {
			after = newPicture(s, grantsOf(s, rows))
		}
		c.writeEnds(s, after, failed)
		return rows, failed
	}
	if _, err := sending.run(ctx); err != nil {
		return nil, err
	}
	return after, nil
}

// principalsOf are the batch's principals, each once.
func principalsOf(batch []*request) []FQN {
	seen := make(map[string]bool, len(batch))
	principals := make([]FQN, 0, len(batch))
	for _, r := range batch {
		if key := r.principal.key(); !seen[key] {
			seen[key] = true
			principals = append(principals, r.principal)
		}
	}
	return principals
}

// blamesOne reports whether a batch may have failed because of one principal in
// it: the command was refused for its content, and not for who sent it or where.
func blamesOne(err error) bool {
	switch KindOf(err) {
	case PrincipalNotFound, SyntaxError, Unknown:
		return true
	}
	return false
}

// split sends the one the error names by itself, and the rest together; where
// the error names no one, each half.
func (c *Cluster) split(q *queue, batch []*request, err error) {
	var e *Error
	errors.As(err, &e)
	var named, rest []*request
	for _, r := range batch {
		if e != nil && e.Subject != "" && strings.EqualFold(e.Subject, r.principal.ID) {
			named = append(named, r)
		} else {
			rest = append(rest, r)
		}
	}
	if len(named) == 0 || len(rest) == 0 {
		half := len(batch) / 2
		c.send(q, batch[:half], nil)
		c.send(q, batch[half:], nil)
		return
	}
	if q.key.verb == verbAdd && e.Kind == PrincipalNotFound {
		for _, r := range named {
			go c.send(q, []*request{r}, e) // waits on its own, so that no one else does
		}
	} else {
		tellAll(named, err)
	}
	c.send(q, rest, nil)
}

func tellAll(batch []*request, err error) {
	for _, r := range batch {
		r.done <- outcome{err: err}
	}
}

// tell finds each request's row in the list after the change. Those whose row
// takes asking for are asked for together.
func (c *Cluster) tell(ctx context.Context, q *queue, batch []*request, after *Picture) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for _, r := range batch {
		if q.key.verb == verbDrop {
			r.done <- outcome{err: stillThere(q, r, after)}
			continue
		}
		if grant, ok := after.findSurely(q.key.role, r.principal); ok {
			r.done <- outcome{grant: grant}
			continue
		}
		asking.Go(func() {
			grant, err := c.whichIs(ctx, q.key.role, r.principal, after)
			r.done <- outcome{grant, err}
		})
	}
}
