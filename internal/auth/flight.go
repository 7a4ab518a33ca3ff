package auth

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// flightLimit bounds one request for a token, the library's retries included. It
// replaces the ten seconds that azidentity gives a CLI that starts slowly.
const flightLimit = 90 * time.Second

// flight is one request for a token, shared by all who want the same one.
type flight struct {
	done    chan struct{} // closed when token and err are set
	token   azcore.AccessToken
	err     error
	waiters atomic.Int64
	cancel  context.CancelFunc
}

// join returns the flight for key, starting it if there is none. c.mu is held.
func (c *Credential) join(ctx context.Context, key string, o policy.TokenRequestOptions) *flight {
	if f := c.flights[key]; f != nil && f.board() {
		return f
	}
	// The request outlives the caller that started it as long as others wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightLimit)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	f.waiters.Store(1)
	c.flights[key] = f
	go c.fly(ctx, f, key, o)
	return f
}

// board adds a waiter, unless the last one has left and the flight is given up.
func (f *flight) board() bool {
	for {
		n := f.waiters.Load()
		if n == 0 {
			return false
		}
		if f.waiters.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (c *Credential) fly(ctx context.Context, f *flight, key string, o policy.TokenRequestOptions) {
	defer f.cancel()
	token, err := c.fetch(ctx, o)
	c.mu.Lock()
	if c.flights[key] == f {
		delete(c.flights, key)
		switch old := c.tokens[key]; {
		case err == nil:
			c.tokens[key] = token
		case old.ExpiresOn.After(c.now()) && !old.since.IsZero():
			// Renewing early failed. What there is still serves; the next call tries again.
			token, err = old, nil
		default:
			delete(c.tokens, key)
		}
	}
	f.token, f.err = token.AccessToken, err
	c.mu.Unlock()
	close(f.done)
}

// wait returns the flight's result, or ctx's error if that ends first. The last
// one to leave ends the flight.
func (f *flight) wait(ctx context.Context) (azcore.AccessToken, error) {
	defer func() {
		if f.waiters.Add(-1) == 0 {
			f.cancel()
		}
	}()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return azcore.AccessToken{}, context.Cause(ctx)
	}
}
