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

// A write that was on its way when time was up may have run. A throttle before it does not say so.
func TestRetry_aWriteThatMayHaveRunIsSaidToBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verb         Verb
		before, want Reason
	}{
		{Add, ErrThrottled, ErrSilent}, {Add, ErrUnavailable, ErrUnavailable},
		{Show, ErrThrottled, ErrThrottled}, {Show, ErrUnavailable, ErrUnavailable},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		reasons := []Reason{c.before, ErrSilent}
		err := newConn(t).RetryTransient(ctx, Command{Verb: c.verb}, nil, func() *Error {
			next := reasons[0]
			if reasons = reasons[1:]; len(reasons) == 0 {
				cancel()
			}
			return &Error{Reason: next}
		})
		if e := wantReason(t, err, c.want); e.TimeUp == nil {
			t.Errorf("%s after %s: %#v", c.verb, c.before, e)
		}
		cancel()
	}
}
