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
func (c *crowd) join(ctx context.Context) (leave func()) {
	c.mu.Lock()
	c.members++
	c.mu.Unlock()
	var once sync.Once
	gone := func() {
		once.Do(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.members--
			if c.members == 0 {
				c.cancel(context.Cause(ctx))
			}
		})
	}
	stop := context.AfterFunc(ctx, gone)
	return func() { stop(); gone() }
}
