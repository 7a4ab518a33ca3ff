// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// RetryOptions are the waits between tries of a command. A field that is zero has
// its default.
type RetryOptions struct {
	// Initial and Max bound the growing wait after a throttled or failed try.
	// Default 500 ms and 30 s.
	Initial, Max time.Duration
	// Finish is how long a write that was sent may take to answer after its caller
	// was cancelled, so that the state can record the result. Default 20 s.
	Finish time.Duration
	// Unreachable is how long a cluster that has never answered, or a login host
	// that fails, is tried. Default 1 min.
	Unreachable time.Duration
	// Unresolved is how long a cluster that has never answered is tried while its host
	// name does not exist, as after a typing error. Default 10 s: the name of a cluster
	// that was just created may take a moment.
	Unresolved time.Duration
	// Attempt bounds a single try of a read, Write that of a command that changes
	// something. Default 2 min, and 10 min as in the service itself.
	Attempt, Write time.Duration
}

func (o RetryOptions) withDefaults() RetryOptions {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Initial, 500 * time.Millisecond}, {&o.Max, 30 * time.Second},
		{&o.Finish, 20 * time.Second}, {&o.Unreachable, time.Minute}, {&o.Attempt, 2 * time.Minute},
		{&o.Unresolved, 10 * time.Second},
		{&o.Write, 10 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return o
}

// Event is a wait before another try, for the log.
type Event struct {
	Cluster ClusterURI
	// Command is the first word of the command: ".add".
	Command  string
	Database string
	// Err is why the last try failed.
	Err *Error
	// Pause is the wait before the next try.
	Pause time.Duration
}

// maxUnauthorized is how often a 401 is answered with a fresh token. An expired
// token needs one; a cluster that has just restarted refuses good ones for a while.
const maxUnauthorized = 3

// maxUnexpected is how often a command is sent whose answer is not the list that was asked
// for: a gateway may answer for a cluster that restarts.
const maxUnexpected = 3

// Backoff is a clock of growing waits with jitter, from that after the first failure of any
// command to the longest one.
func (c *Conn) Backoff(longest time.Duration) backoff.BackOff {
	return Exponential(c.options.Retry.Initial, longest)
}

// Exponential is a clock of growing waits with jitter.
func Exponential(initial, longest time.Duration) backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier, b.RandomizationFactor = initial, longest, 1.8, 0.5
	return b
}

// Run sends a command until it is answered: again after a failure that may pass, and
// until ctx is done. The error is an [*Error].
func (c *Conn) Run(ctx context.Context, cmd Command) (rows []Row, err error) {
	err = c.RetryTransient(ctx, cmd, nil, func() (failed *Error) {
		rows, failed = c.Send(ctx, cmd)
		return failed
	})
	return rows, err
}

// RetryTransient is [Conn.Retry] for failures that may pass with time, such as a throttle,
// except those that final accepts. A nil final accepts none.
func (c *Conn) RetryTransient(ctx context.Context, cmd Command, final func(*Error) bool, try func() *Error) error {
	transient := c.transient()
	retryable := func(e *Error) bool { return transient(e) && (final == nil || !final(e)) }
	return c.Retry(ctx, cmd, c.Backoff(c.options.Retry.Max), retryable, try)
}

// lost is the error of everyone, once the cluster or the login host counts as unreachable.
func (c *Conn) lost() *Error { return cmp.Or(c.cluster.unreachable(), c.login.unreachable()) }

// Retry is the one loop that repeats commands. It returns nil once try succeeds,
// and otherwise the last failure: one that is not retryable, or the one after
// which ctx was done. Each wait is as long as clock says, or as the service asked for.
func (c *Conn) Retry(ctx context.Context, cmd Command, clock backoff.BackOff, retryable func(*Error) bool, try func() *Error) error {
	mayHaveRun := false
	failed := c.retry(ctx, cmd, clock, retryable, func() *Error {
		failed := try()
		mayHaveRun = mayHaveRun || failed != nil && failed.MayHaveRun
		return failed
	})
	if failed == nil {
		return nil
	}
	out := *failed
	out.MayHaveRun = mayHaveRun
	return &out
}

func (c *Conn) retry(ctx context.Context, cmd Command, clock backoff.BackOff, retryable func(*Error) bool, try func() *Error) *Error {
	started := time.Now()
	var last *Error
	var failing outage
	for tries := 1; ; tries++ {
		if lost := c.lost(); lost != nil {
			return lost
		}
		if ctx.Err() != nil && last == nil {
			return c.GaveUp(ctx, cmd.Is)
		}
		failed := try()
		if failed == nil {
			return nil
		}
		if failed.Reason == ErrInterrupted || failed.Reason == ErrSilent && last != nil && ctx.Err() != nil {
			return cmp.Or(last, failed).timeUp(ctx) // the failure before it says more
		}
		last = failed.after(tries, started)
		c.failing.Store(&failedTry{cmd, last})
		if !retryable(last) {
			return last
		}
		pause := max(clock.NextBackOff(), last.RetryAfter)
		if host := c.unanswered(last); host == nil {
			failing = outage{}
		} else if pause = min(pause, failing.add(host, last, c.options.Retry.patience(last))); pause <= 0 {
			return last
		}
		if last.Reason == ErrUnauthorized && tries == 1 {
			pause = 0 // an expired token was replaced
		}
		if c.options.Notify != nil {
			c.options.Notify(ctx, Event{Cluster: c.uri, Command: string(cmd.Verb), Database: cmd.Database, Err: last, Pause: pause})
		}
		if !sleep(ctx, pause) {
			return last.timeUp(ctx)
		}
	}
}

// patience is how long a host that fails with the error is tried.
func (o RetryOptions) patience(e *Error) time.Duration {
	if e.NoSuchHost() {
		return min(o.Unresolved, o.Unreachable)
	}
	return o.Unreachable
}

// after returns the error with the number of tries and the time they took. If the
// error is that of an inner loop, it keeps what that counted.
func (e *Error) after(tries int, started time.Time) *Error {
	out := *e
	out.Tries = max(e.Tries, tries)
	if tries > 1 {
		out.Waited = max(e.Waited, time.Since(started))
	}
	return &out
}

// timeUp returns the error with the cause of the caller's context.
func (e *Error) timeUp(ctx context.Context) *Error {
	out := *e
	out.TimeUp = context.Cause(ctx)
	return &out
}

// sleep waits; false if ctx was done first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// transient returns the test for failures after which the same command may succeed.
// Every command of this package may be sent twice.
func (c *Conn) transient() func(*Error) bool {
	unauthorized, unexpected := 0, 0
	return func(e *Error) bool {
		switch e.Reason {
		case ErrUnexpectedAnswer:
			unexpected++
			return unexpected < maxUnexpected
		case ErrUnauthorized:
			unauthorized++
			c.options.Credential.Refresh()
			return unauthorized <= maxUnauthorized
		case ErrSignIn:
			var temporary interface{ Temporary() bool }
			return errors.As(e.Err, &temporary) && temporary.Temporary()
		case ErrUnavailable:
			return e.mayPass()
		}
		return e.Reason == ErrThrottled || e.Reason == ErrSilent
	}
}

// unanswered is the host whose silence or refusal is behind a failure: a cluster that has
// never answered, or the login host. Nil for any other failure.
func (c *Conn) unanswered(e *Error) *Reach {
	switch {
	case e.Reason == ErrSignIn:
		return c.login
	case (e.Reason == ErrUnavailable || e.Reason == ErrSilent) && !c.cluster.answered():
		return &c.cluster
	}
	return nil
}

// mayPass believes the service's statement that a failure is permanent, except at
// the statuses of a gateway that speaks for a cluster it could not reach.
func (e *Error) mayPass() bool {
	switch e.Status {
	case 502, 503, 504, 520:
		return true
	}
	return !e.Permanent
}
