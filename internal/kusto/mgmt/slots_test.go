// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestSlots_areHalvedByAThrottleAndGrowBackOneByOne(t *testing.T) {
	t.Parallel()
	throttled := &Error{Reason: ErrThrottled}
	s := newSlots()
	// take n slots, and give them back with a result
	round := func(n int, result *Error) {
		t.Helper()
		var taken []func(*Error)
		for range n {
			release, err := s.acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, release)
		}
		for _, release := range taken {
			release(result)
		}
	}
	for i, step := range []struct {
		n      int
		result *Error
		limit  int
	}{
		{MaxConcurrentCommands, nil, 8},
		{MaxConcurrentCommands, throttled, 4}, // all of them halve it once
		{4, throttled, 2},
		{1, throttled, 1},
		{1, throttled, 1},
		{1, &Error{Reason: ErrRefused}, 1}, // says nothing about the load
		{1, nil, 2},
		{2, nil, 4},
		{4, nil, 8},
		{8, nil, 8},
	} {
		round(step.n, step.result)
		if s.limit != step.limit || s.owed != 0 {
			t.Fatalf("step %d: the limit is %d, owed %d; want %d", i, s.limit, s.owed, step.limit)
		}
		full, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if err := s.free.Acquire(full, int64(step.limit)+1); step.limit < MaxConcurrentCommands && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("step %d: more than %d slots are free", i, step.limit)
		}
		cancel()
		if step.limit == MaxConcurrentCommands && !s.free.TryAcquire(int64(step.limit)) {
			t.Fatalf("step %d: fewer than %d slots are free", i, step.limit)
		} else if step.limit == MaxConcurrentCommands {
			s.free.Release(int64(step.limit))
		}
	}
}
