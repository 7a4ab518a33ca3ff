// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"context"
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter_readsBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "7": 7 * time.Second,
		"86400": longestRetryAfter, "99999999999999999999": 0,
		now.Add(20 * time.Second).Format(http.TimeFormat):  20 * time.Second,
		now.Add(-20 * time.Second).Format(http.TimeFormat): 0,
		now.Add(time.Hour).Format(http.TimeFormat):         longestRetryAfter,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// A try that was on its way when time was up says less than the one before it. A write may have
// run then, whatever came before.
func TestRetry_aWriteThatMayHaveRunIsSaidToBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, last Error
		want         Reason
		mayHaveRun   bool
	}{
		{Error{Reason: ErrThrottled}, Error{Reason: ErrSilent, MayHaveRun: true}, ErrThrottled, true},
		{Error{Reason: ErrPrincipalNotFound}, Error{Reason: ErrSilent, MayHaveRun: true}, ErrPrincipalNotFound, true},
		{Error{Reason: ErrUnavailable, MayHaveRun: true}, Error{Reason: ErrSilent, MayHaveRun: true}, ErrUnavailable, true},
		{Error{Reason: ErrUnavailable, MayHaveRun: true}, Error{Reason: ErrForbidden}, ErrForbidden, true},
		{Error{Reason: ErrThrottled}, Error{Reason: ErrSilent}, ErrThrottled, false},
		{Error{Reason: ErrThrottled}, Error{Reason: ErrInterrupted}, ErrThrottled, false},
	} {
		conn := newConn(t)
		ctx, cancel := context.WithCancel(t.Context())
		tries := []Error{c.before, c.last}
		err := conn.Retry(ctx, Command{Verb: Add}, conn.Backoff(time.Second), func(e *Error) bool { return e.Reason != ErrForbidden }, func() *Error {
			next := tries[0]
			if tries = tries[1:]; len(tries) == 0 && next.Reason != ErrForbidden {
				cancel()
			}
			return &next
		})
		if e := wantReason(t, err, c.want); e.MayHaveRun != c.mayHaveRun {
			t.Errorf("%v after %v: %#v", c.last, c.before, e)
		}
		cancel()
	}
}
