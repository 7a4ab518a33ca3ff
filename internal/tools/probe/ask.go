// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// The limits of one try of a command, of the number of its tries, and of what a header can
// make it wait.
const (
	commandLimit = time.Minute
	finishLimit  = 20 * time.Second
	maxTries     = 4
	longestPause = 20 * time.Second
)

// ask sends a command, again if the cluster was busy or its answer was lost, and records
// refusals.
func (p *probe) ask(ctx context.Context, cmd mgmt.Command) (answer mgmt.Answer, err error) {
	err = p.retry(ctx, func() (err error) {
		answer, err = p.client.Conn().Ask(ctx, cmd)
		p.mayRunLater = p.mayRunLater || cmd.Verb != mgmt.Show && errors.Is(err, mgmt.ErrSilent)
		return err
	})
	return answer, err
}

// lostError is the failure of a command of which an earlier answer was lost: whatever the
// cluster says now, the command may have run.
type lostError struct{ error }

// Unwrap returns the failure of the last try.
func (e lostError) Unwrap() error { return e.error }

// retry calls send until it succeeds or fails for good, a few times. All commands can be sent
// again. Two silent tries take all the time that there is.
func (p *probe) retry(ctx context.Context, send func() error) error {
	begin, wasLost := time.Now(), false
	for tries := 1; ; tries++ {
		err := send()
		if err == nil {
			return nil
		}
		e := errorOf(err)
		p.refusedWith(e)
		lost := isLost(e)
		wasLost = wasLost || lost
		if wasLost {
			err = lostError{err}
		}
		isOver := tries == maxTries || time.Since(begin) >= 2*p.commandLimit
		if !lost && !errors.Is(e, mgmt.ErrThrottled) || isOver || !sleep(ctx, max(p.pause, min(e.RetryAfter, longestPause))) {
			return err
		}
	}
}

// isLost reports whether nobody knows what became of a command, although the cluster is there.
func isLost(e *mgmt.Error) bool {
	return errors.Is(e, mgmt.ErrSilent) || errors.Is(e, mgmt.ErrUnavailable) && !e.NoSuchHost() && (e.Status != 0 || !e.Permanent)
}

// isRefusal reports whether the service says that it did nothing.
func isRefusal(err error) bool {
	e := errorOf(err)
	return e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError &&
		!errors.Is(e, mgmt.ErrUnavailable) && !errors.As(err, &lostError{})
}

// refusedWith records a refusal. An error without a code is not the engine's.
func (p *probe) refusedWith(e *mgmt.Error) {
	if e.Status < http.StatusBadRequest || e.Code == "" && e.Type == "" {
		return
	}
	p.refused = append(p.refused, e)
	if !isKnownRefusal(e) {
		p.seen.add(fmt.Sprintf("refusal %d, code %s, @type %s", e.Status, p.identifier(e.Code), p.identifier(e.Type)), e.Message)
	}
}

var anyIdentifier = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,100}$`)

// identifier is a code or a type of the service, which has no names of people in it even
// if a part of it is the name of a database.
func (p *probe) identifier(text string) string {
	if anyIdentifier.MatchString(text) {
		return text
	}
	return p.names.redact(text)
}

// sleep waits; false if ctx was done first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errorOf is the client's error in err.
func errorOf(err error) *mgmt.Error {
	var e *mgmt.Error
	if errors.As(err, &e) {
		return e
	}
	return &mgmt.Error{Err: err}
}
