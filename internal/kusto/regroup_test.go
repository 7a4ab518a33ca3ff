package kusto

import (
	"sync"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// apply grants to all as a CLI does: ten at a time, and with work of its own for
// each, which it does one after another.
func (s *stand) apply(tb testing.TB, apps []*emulator.Principal, ownWork time.Duration) {
	tb.Helper()
	var cli sync.Mutex
	var workers sync.WaitGroup
	next := make(chan *emulator.Principal)
	for range 10 {
		workers.Go(func() {
			for p := range next {
				cli.Lock()
				time.Sleep(ownWork)
				cli.Unlock()
				if _, err := s.Add(tb.Context(), s.db, Viewers, must(p.FQN()), nil); err != nil {
					tb.Error(err)
				}
			}
		})
	}
	for _, p := range apps {
		next <- p
	}
	close(next)
	workers.Wait()
}

// BenchmarkWrites_crowd tells how many commands a thousand grants of one role
// take with a CLI that needs as long for four grants as a command takes.
func BenchmarkWrites_crowd(b *testing.B) {
	for _, c := range []struct {
		name    string
		ownWork time.Duration
	}{{"quick CLI", time.Millisecond}, {"CLI", 5 * time.Millisecond}, {"busy CLI", 10 * time.Millisecond}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s := newStand(b)
				s.remote.SetLatency(20 * time.Millisecond)
				s.apply(b, newApps(200), c.ownWork)
				b.ReportMetric(float64(len(s.remote.Commands()))*5, "commands/1000grants")
			}
		})
	}
}

// A queue that nobody stands in has nobody to wait for, and a lone caller after
// another is one.
func TestWrites_loneGrantsDoNotWait(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	const slow = 400 * time.Millisecond
	s.remote.SetLatency(slow)
	started := time.Now()
	for _, p := range newApps(4) {
		if _, err := s.add(s.db, Viewers, p.FQN(), nil)(); err != nil {
			t.Fatal(err)
		}
	}
	// Were each delayed as long as a command takes, it would be seven at least.
	if took := time.Since(started); took > 6*slow {
		t.Errorf("four grants one after another took %s, a command takes %s", took, slow)
	}
	s.wantSent(".add", 4)
}

// Of those who have just been answered, the ones who come back meet in one
// command, although the queue was idle for the first of them.
func TestWrites_aCrowdGoesOnTogether(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	apps := newApps(20)
	s.remote.SetLatency(200 * time.Millisecond)
	s.apply(t, apps, time.Millisecond)
	s.wantHeld(s.db, Viewers, fqnsOf(apps)...)
	if n := len(s.remote.Commands()); n > 6 {
		t.Errorf("20 grants, ten at a time, took %d commands", n)
	}
}
