// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// MaxConcurrentCommands is how many commands are under way at one cluster at a time. The
// service limits the requests of everybody together, queries included, to ten for each
// core: 20 on the smallest cluster.
const MaxConcurrentCommands = 8

// slots limit the commands that are under way at a cluster. A throttled command halves the
// limit. Each command that succeeds after that raises it by one.
type slots struct {
	free *semaphore.Weighted

	mu    sync.Mutex
	limit int
	// owed is how many slots are in use beyond the limit.
	owed int
	// halved counts the times that the limit was halved. Commands that were under way
	// together halve it once.
	halved int
}

func newSlots() *slots {
	return &slots{free: semaphore.NewWeighted(MaxConcurrentCommands), limit: MaxConcurrentCommands}
}

// acquire waits for a slot until ctx is done. The returned function gives it back, and
// takes the result of the command.
func (s *slots) acquire(ctx context.Context) (release func(*Error), err error) {
	if err := s.free.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	began := s.halved
	return func(failed *Error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case began != s.halved: // it says nothing about the limit of now
		case failed == nil && s.limit < MaxConcurrentCommands:
			s.limit++
			s.giveBack()
		case failed != nil && failed.Reason == ErrThrottled:
			half := max(1, s.limit/2)
			s.owed += s.limit - half
			s.limit = half
			s.halved++
		}
		s.giveBack()
	}, nil
}

// giveBack frees a slot, or pays back one that is owed. The caller holds s.mu.
func (s *slots) giveBack() {
	if s.owed > 0 {
		s.owed--
		return
	}
	s.free.Release(1)
}
