package kusto

import (
	"context"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// later runs f and hands its result over.
func later[T any](f func() (T, error)) <-chan result[T] {
	c := make(chan result[T], 1)
	go func() {
		v, err := f()
		c <- result[T]{v, err}
	}()
	return c
}

type result[T any] struct {
	value T
	err   error
}

func (s *stand) adding(ctx context.Context, p *emulator.Principal) <-chan result[*Grant] {
	return later(func() (*Grant, error) { return s.Add(ctx, s.db, Viewers, must(p.FQN()), nil) })
}

func TestInterrupt_letsAWriteOnItsWayFinish(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	app := newApp("on its way")
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	added := s.adding(ctx, app)
	<-gate.Waiting()
	cancel()
	gate.Release()
	if got := <-added; got.err != nil || fqnOf(got.value) != app.FQN() {
		t.Errorf("%v, %v; want the grant that was made", got.value, got.err)
	}
	s.wantHeld(s.db, Viewers, app.FQN())
}

func TestInterrupt_endsAWriteThatDoesNotFinish(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Pauses.Finish = 5 * time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	added := s.adding(ctx, newApp("stuck"))
	<-gate.Waiting()
	cancel()
	e := wantKind(t, (<-added).err, Interrupted)
	if e.TimeUp != context.Canceled { //nolint:errorlint // the very value
		t.Errorf("%#v", e)
	}
}

func TestInterrupt_sendsNothingForWhoStoodInLine(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	first, second, third := newApp("first"), newApp("second"), newApp("third")
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	a := s.adding(t.Context(), first)
	<-gate.Waiting()
	b, c := s.adding(ctx, second), s.adding(t.Context(), third)
	s.waitingFor(2)
	cancel()
	e := wantKind(t, (<-b).err, Interrupted)
	if e.TimeUp == nil {
		t.Errorf("%#v", e)
	}
	gate.Release()
	if err := (<-a).err; err != nil {
		t.Error(err)
	}
	if err := (<-c).err; err != nil {
		t.Error(err)
	}
	s.wantHeld(s.db, Viewers, first.FQN(), third.FQN())
}

func TestInterrupt_sendsNothingForWhoGaveUpBefore(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Add(ctx, s.db, Viewers, resolvedAt(1), nil)
	wantKind(t, err, Interrupted)
	_, err = s.Set(ctx, s.db, Viewers, nil, false)
	wantKind(t, err, Interrupted)
	_, err = s.Picture(ctx, s.db)
	wantKind(t, err, Interrupted)
	wantKind(t, s.Drop(ctx, s.db, Viewers, resolvedAt(1), false), Interrupted)
	s.wantSent("", 0)
}

func TestInterrupt_sendsNothingAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.credential.fail = func() error { cancel(); return nil } // while the token is being fetched
	_, err := s.Set(ctx, s.db, Viewers, []FQN{resolvedAt(1)}, false)
	wantKind(t, err, Interrupted)
	s.wantSent("", 0)
}

func TestInterrupt_ofOneInABatchLeavesTheOthers(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	first, second, third := newApp("first"), newApp("second"), newApp("third")
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	a := s.adding(t.Context(), first)
	<-gate.Waiting()
	b, c := s.adding(ctx, second), s.adding(t.Context(), third)
	s.waitingFor(2)
	held := s.remote.Hold(func(c emulator.Command) bool { return len(c.Principals) == 2 })
	gate.Release()
	<-held.Waiting()
	cancel() // its command is on its way, with another's
	held.Release()
	for _, got := range []<-chan result[*Grant]{a, b, c} {
		if r := <-got; r.err != nil || r.value == nil {
			t.Errorf("%v, %v", r.value, r.err)
		}
	}
	s.wantHeld(s.db, Viewers, first.FQN(), second.FQN(), third.FQN())
}

func TestInterrupt_doesNotWaitForThoseWithMorePatience(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Pauses.Finish = 5 * time.Millisecond })
	first, hasty, patient := newApp("first"), newApp("hasty"), newApp("patient")
	ctx, cancel := context.WithCancel(t.Context())
	patience, end := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	a := s.adding(t.Context(), first)
	<-gate.Waiting()
	b, c := s.adding(ctx, hasty), s.adding(patience, patient)
	s.waitingFor(2)
	s.remote.Intercept(func(c emulator.Command) *emulator.Fault {
		if len(c.Principals) == 2 {
			return &emulator.Fault{Kind: emulator.Throttle}
		}
		return nil
	})
	gate.Release()
	if err := (<-a).err; err != nil {
		t.Error(err)
	}
	s.eventually(func() bool { return len(s.paused()) > 0 }, "a throttled batch")
	cancel()
	if e := wantKind(t, (<-b).err, Throttled); e.TimeUp == nil {
		t.Errorf("%#v", e)
	}
	end()
	wantKind(t, (<-c).err, Throttled)
}

func TestInterrupt_isNoReasonForWhatWasFinal(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.remote.Intercept(func(emulator.Command) *emulator.Fault {
		cancel()
		return &emulator.Fault{Kind: emulator.Forbidden}
	})
	_, err := s.Set(ctx, s.db, Viewers, nil, false)
	if e := wantKind(t, err, Forbidden); e.TimeUp != nil {
		t.Errorf("%#v", e)
	}
}

func TestInterrupt_endsAReadWithItsLastAsker(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	gate := s.remote.Hold(nil)
	defer gate.Release()
	one, cancelOne := context.WithCancel(t.Context())
	two, cancelTwo := context.WithCancel(t.Context())
	a := later(func() (*Picture, error) { return s.Picture(one, s.db) })
	<-gate.Waiting()
	b := later(func() (*Picture, error) { return s.Picture(two, s.db) })
	reading := s.reads.readings[s.db.key()]
	s.eventually(func() bool {
		reading.crowd.mu.Lock()
		defer reading.crowd.mu.Unlock()
		return reading.crowd.members == 2
	}, "two askers")
	cancelOne()
	wantKind(t, (<-a).err, Interrupted)
	if reading.crowd.ctx.Err() != nil {
		t.Error("the read ended with the first of two")
	}
	cancelTwo()
	wantKind(t, (<-b).err, Interrupted)
	<-reading.done
	if KindOf(reading.err) != Interrupted {
		t.Errorf("the read went on: %v", reading.err)
	}
	gate.Release()
	if _, err := s.Picture(t.Context(), s.db); err != nil {
		t.Error(err)
	}
	s.wantSent(".show", 2)
}
