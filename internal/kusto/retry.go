package kusto

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Pauses are how long is waited between tries of one command. The zero value of
// a field takes the default.
type Pauses struct {
	// First and Longest bound the growing pause after a throttle or a failure of
	// the service. Default 500 ms and 30 s.
	First, Longest time.Duration
	// LateFirst and LateLongest bound the pause while Entra ID does not show a
	// principal yet: the service remembers the miss for minutes, so asking
	// quickly is of no use. Default 5 s and 1 min.
	LateFirst, LateLongest time.Duration
	// Finish is how long a command that is on its way is let finish after its
	// caller gave up, so that state can record what the service did. Default 20 s.
	Finish time.Duration
	// Unreachable is how long a cluster that has never answered, or a login host
	// that fails, is tried. Default 1 min.
	Unreachable time.Duration
	// Attempt bounds one try. Default 2 min.
	Attempt time.Duration
}

func (p Pauses) withDefaults() Pauses {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&p.First, 500 * time.Millisecond}, {&p.Longest, 30 * time.Second},
		{&p.LateFirst, 5 * time.Second}, {&p.LateLongest, time.Minute},
		{&p.Finish, 20 * time.Second}, {&p.Unreachable, time.Minute}, {&p.Attempt, 2 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return p
}

// mostUnauthorized is how often a 401 is answered with a fresh token. Once is
// what an expired token needs; the others are for a cluster that has just
// restarted and refuses a good one.
const mostUnauthorized = 3

// retrier decides, for one command, whether and when it is sent again.
type retrier struct {
	cluster *Cluster
	cmd     command
	send    func(context.Context) ([]row, *Error)
	// waitForLate makes a principal that Entra ID does not know worth another try,
	// until the context is done.
	waitForLate bool
	// given is a failure that the caller has in hand already; it stands for the
	// first try.
	given *Error
	// failed is told of every failed try, for callers who may not wait for the end.
	failed       func(*Error)
	usual, late  *backoff.ExponentialBackOff
	started      time.Time
	tries        int
	unauthorized int
	last         *Error
	over         bool // last is final, whatever time is left
}

func (c *Cluster) newRetrier(cmd command) *retrier {
	return &retrier{
		cluster: c, cmd: cmd, started: time.Now(),
		send:   func(ctx context.Context) ([]row, *Error) { return c.attempt(ctx, cmd) },
		failed: func(*Error) {},
		usual:  growing(c.pauses.First, c.pauses.Longest),
		late:   growing(c.pauses.LateFirst, c.pauses.LateLongest),
	}
}

func growing(first, longest time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier, b.RandomizationFactor = first, longest, 1.8, 0.5
	b.Reset()
	return b
}

// NextBackOff implements backoff.BackOff: the pause before the next try, by what
// the last one failed of.
func (r *retrier) NextBackOff() time.Duration {
	switch {
	case r.last.Kind == PrincipalNotFound:
		return r.late.NextBackOff()
	case r.last.Kind == Unauthorized && r.unauthorized == 1:
		return 0
	}
	return max(r.usual.NextBackOff(), r.last.RetryAfter)
}

// Reset implements backoff.BackOff.
func (r *retrier) Reset() {}

// again reports whether the failure is one that another try may mend.
func (r *retrier) again(e *Error) bool {
	switch e.Kind {
	case PrincipalNotFound:
		return r.waitForLate
	case Unauthorized:
		r.unauthorized++
		r.cluster.credential.Refresh()
		return r.unauthorized <= mostUnauthorized
	case SignIn:
		// A login host that stays away is not worth the caller's whole time.
		var transient interface{ Temporary() bool }
		return errors.As(e.Err, &transient) && transient.Temporary() && time.Since(r.started) < r.cluster.pauses.Unreachable
	case Unavailable:
		if !r.cluster.answered.Load() && time.Since(r.started) > r.cluster.pauses.Unreachable {
			return false
		}
	}
	return e.retryable()
}

// run sends a command until it succeeds, fails for good, or the caller gives up.
// A caller that gives up between tries gets Interrupted, or what the last try
// failed of; a command that is on its way is let finish for a while.
func (c *Cluster) run(ctx context.Context, cmd command) ([]row, error) {
	return c.newRetrier(cmd).run(ctx)
}

func (r *retrier) run(ctx context.Context) ([]row, error) {
	rows, err := backoff.Retry(ctx, func() ([]row, error) { return r.try(ctx) },
		backoff.WithBackOff(r),
		backoff.WithMaxElapsedTime(0), // the context is the bound
		backoff.WithNotify(func(_ error, pause time.Duration) { r.cluster.notify(ctx, r.event(pause)) }),
	)
	if err == nil {
		return rows, nil
	}
	return nil, r.final(ctx)
}

func (r *retrier) try(ctx context.Context) ([]row, error) {
	r.tries++
	var rows []row
	e := r.given
	if r.given = nil; e == nil {
		rows, e = r.send(ctx)
	}
	switch {
	case e == nil:
		return rows, nil
	case e.Kind == Interrupted && r.last != nil:
		// What it failed of before tells more than that the time is up.
		return nil, backoff.Permanent(e)
	}
	r.last = e
	r.failed(r.snapshot())
	if !r.again(e) {
		r.over = e.Kind != Interrupted
		return nil, backoff.Permanent(e)
	}
	return nil, e
}

// final is the error a caller sees: the last failure, and that the caller's time
// was up, where that is why no other try was made.
func (r *retrier) final(ctx context.Context) error {
	out := r.snapshot()
	if cause := context.Cause(ctx); cause != nil && !r.over {
		out.TimeUp = cause
	}
	return out
}

// snapshot is the last failure, how often and how long was tried.
func (r *retrier) snapshot() *Error {
	out := *r.last
	out.Tries = r.tries
	if r.tries > 1 {
		out.Waited = time.Since(r.started)
	}
	return &out
}

// Event tells of a pause before another try, for the log.
type Event struct {
	Cluster ClusterURI
	// Verb is the command's first word: ".add".
	Verb     string
	Database string
	Kind     ErrorKind
	// Reason is what the service said.
	Reason string
	Pause  time.Duration
	Tries  int
}

func (r *retrier) event(pause time.Duration) Event {
	return Event{
		Cluster: r.cluster.uri, Verb: string(r.cmd.verb), Database: r.cmd.database,
		Kind: r.last.Kind, Reason: r.last.Error(), Pause: pause, Tries: r.tries,
	}
}
