package kusto

import (
	"context"
	"sync"
)

// crowd is a context that lasts as long as anyone waits for what is done in it.
// It carries the values of whoever came first.
type crowd struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	members int
}

func newCrowd(first context.Context) *crowd {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(first))
	return &crowd{ctx: ctx, cancel: cancel}
}

// join counts ctx in until it is done or leave is called. The last one to go
// ends the crowd's context, with the reason it had.
func (c *crowd) join(ctx context.Context) (leave func()) { return c.joinAll(ctx) }

// joinAll counts all in before any of them can go, so that one who is gone
// already does not end it for the others.
func (c *crowd) joinAll(all ...context.Context) (leave func()) {
	c.mu.Lock()
	c.members += len(all)
	c.mu.Unlock()
	leaving := make([]func(), len(all))
	for i, ctx := range all {
		gone := sync.OnceFunc(func() { c.lose(ctx) })
		stop := context.AfterFunc(ctx, gone)
		leaving[i] = func() { stop(); gone() }
	}
	return func() {
		for _, l := range leaving {
			l()
		}
	}
}

func (c *crowd) lose(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members--
	if c.members == 0 {
		c.cancel(context.Cause(ctx))
	}
}
