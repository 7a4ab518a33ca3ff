// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
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

func (s *testCluster) adding(ctx context.Context, p *entra.Principal) <-chan result[Match] {
	return later(func() (Match, error) { return s.AddPrincipal(ctx, s.db, Viewers, must(p.FQN()), "") })
}

func TestInterrupt_letsAWriteOnItsWayFinish(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app := newApp("on its way")
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	added := s.adding(ctx, app)
	<-gate.Waiting()
	cancel()
	gate.Release()
	if got := <-added; got.err != nil || fqnOf(got.value.Grant) != app.FQN() {
		t.Errorf("%v, %v; want the grant that was made", got.value, got.err)
	}
	s.wantHeld(s.db, Viewers, app.FQN())
}

func TestInterrupt_endsAWriteThatDoesNotFinish(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Finish = 5 * time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	added := s.adding(ctx, newApp("stuck"))
	<-gate.Waiting()
	cancel()
	e := wantReason(t, (<-added).err, mgmt.ErrInterrupted)
	if e.TimeUp != context.Canceled { //nolint:errorlint // the very value
		t.Errorf("%#v", e)
	}
}

func TestInterrupt_sendsNothingForWhoStoodInLine(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	first, second, third := newApp("first"), newApp("second"), newApp("third")
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	a := s.adding(t.Context(), first)
	<-gate.Waiting()
	b, c := s.adding(ctx, second), s.adding(t.Context(), third)
	s.waitingFor(2)
	cancel()
	e := wantReason(t, (<-b).err, mgmt.ErrInterrupted)
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
	s := newTestCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.AddPrincipal(ctx, s.db, Viewers, resolvedAt(1), "")
	wantReason(t, err, mgmt.ErrInterrupted)
	wantReason(t, s.setRole(ctx, s.db, Viewers), mgmt.ErrInterrupted)
	_, err = s.Principals(ctx, s.db)
	wantReason(t, err, mgmt.ErrInterrupted)
	wantReason(t, s.dropErr(ctx, s.db, Viewers, resolvedAt(1), false), mgmt.ErrInterrupted)
	s.wantSent("", 0)
}

func TestInterrupt_sendsNothingAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.credential.fail = func() error { cancel(); return nil } // while the token is being fetched
	wantReason(t, s.setRole(ctx, s.db, Viewers, resolvedAt(1)), mgmt.ErrInterrupted)
	s.wantSent("", 0)
}

func TestInterrupt_ofOneInABatchLeavesTheOthers(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	first, second, third := newApp("first"), newApp("second"), newApp("third")
	ctx, cancel := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	a := s.adding(t.Context(), first)
	<-gate.Waiting()
	b, c := s.adding(ctx, second), s.adding(t.Context(), third)
	s.waitingFor(2)
	held := s.remote.Hold(func(c kusto.Command) bool { return len(c.Principals) == 2 })
	gate.Release()
	<-held.Waiting()
	cancel() // its command is on its way, with another's
	held.Release()
	for _, got := range []<-chan result[Match]{a, b, c} {
		if r := <-got; r.err != nil || r.value.Grant == nil {
			t.Errorf("%v, %v", r.value, r.err)
		}
	}
	s.wantHeld(s.db, Viewers, first.FQN(), second.FQN(), third.FQN())
}

func TestInterrupt_doesNotWaitForThoseWithMorePatience(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Finish = 5 * time.Millisecond })
	first, hasty, patient := newApp("first"), newApp("hasty"), newApp("patient")
	ctx, cancel := context.WithCancel(t.Context())
	patience, end := context.WithCancel(t.Context())
	gate := s.remote.Hold(nil)
	defer gate.Release()
	a := s.adding(t.Context(), first)
	<-gate.Waiting()
	b, c := s.adding(ctx, hasty), s.adding(patience, patient)
	s.waitingFor(2)
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if len(c.Principals) == 2 {
			return &kusto.Fault{Kind: kusto.Throttle}
		}
		return nil
	})
	gate.Release()
	if err := (<-a).err; err != nil {
		t.Error(err)
	}
	s.eventually(func() bool { return len(s.paused()) > 0 }, "a throttled batch")
	cancel()
	if e := wantReason(t, (<-b).err, mgmt.ErrThrottled); e.TimeUp == nil {
		t.Errorf("%#v", e)
	}
	end()
	wantReason(t, (<-c).err, mgmt.ErrThrottled)
}

func TestInterrupt_isNoReasonForWhatWasFinal(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.remote.Intercept(func(kusto.Command) *kusto.Fault {
		cancel()
		return &kusto.Fault{Kind: kusto.Forbidden}
	})
	err := s.dropErr(ctx, s.db, Viewers, resolvedAt(1), false)
	if e := wantReason(t, err, mgmt.ErrForbidden); e.TimeUp != nil {
		t.Errorf("%#v", e)
	}
}
