// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestUnreachable_clusterIsFoundOutOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Unreachable = 500 * time.Millisecond })
	nowhere, err := s.clients.Client("https://nowhere.westeurope.kusto.windows.net")
	if err != nil {
		t.Fatal(err)
	}
	why := nowhere.Conn().Unreachable(t.Context())
	wantReason(t, why, mgmt.ErrUnavailable)
	if again := nowhere.Conn().Unreachable(t.Context()); !errors.Is(again, why) {
		t.Errorf("it was asked again, and is now: %v", again)
	}
	if nowhere.Conn().Reachable(t.Context()) || !s.Conn().Reachable(t.Context()) {
		t.Error("the wrong one is reachable")
	}
	for i := range 30 {
		_, err := nowhere.Principals(t.Context(), database(fmt.Sprint(i)))
		wantReason(t, err, mgmt.ErrUnavailable)
		if i == 0 {
			if len(s.paused()) == 0 {
				t.Error("there was one try only")
			}
			s.events = nil
		}
	}
	if len(s.paused()) > 0 {
		t.Errorf("it was tried again: %v", s.paused())
	}
	if _, err := s.Principals(t.Context(), s.db); err != nil {
		t.Errorf("another cluster: %v", err)
	}
}

// passing is an error of a login host that may pass.
type passing struct{}

func (passing) Error() string   { return "the login host does not answer" }
func (passing) Temporary() bool { return true }

func TestUnreachable_loginHostIsFoundOutOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Unreachable = time.Second })
	s.credential.fail = func() error { return passing{} }
	_, err := s.Principals(t.Context(), s.db)
	wantReason(t, err, mgmt.ErrSignIn)
	asked := len(s.credential.scopes)
	if asked < 2 {
		t.Errorf("it was asked %d times", asked)
	}
	other := newTestCluster(t)
	another, err := s.clients.Client(mgmt.ClusterURI(other.remote.URI()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Client{s.Client, another} {
		_, err = c.Principals(t.Context(), database("other"))
		wantReason(t, err, mgmt.ErrSignIn)
	}
	if got := len(s.credential.scopes); got != asked {
		t.Errorf("it was asked %d times more", got-asked)
	}
}

// The login host is given up after it has failed for a while. What took long before that was
// not its failure, and one that passes does no harm.
func TestUnreachable_loginHostIsNotBlamedForOtherWaits(t *testing.T) {
	t.Parallel()
	const patience = 250 * time.Millisecond
	for name, wait := range map[string]func(s *testCluster, over func() bool){
		"throttled":   func(s *testCluster, over func() bool) { s.failUntil(over, kusto.Throttle) },
		"unavailable": func(s *testCluster, over func() bool) { s.failUntil(over, kusto.Unavailable) },
		"all slots are taken": func(s *testCluster, _ func() bool) {
			gate := s.remote.Hold(func(c kusto.Command) bool { return c.Database == "Busy" })
			for range mgmt.MaxConcurrentCommands {
				go func() { _, _ = s.Conn().Send(t.Context(), ShowPrincipals(database("Busy"))) }()
				<-gate.Waiting()
			}
			time.AfterFunc(2*patience, gate.Release)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Retry.Unreachable, o.Behaviour.Capacity = patience, 1000 })
			s.mustList(database("Samples")) // the cluster has answered
			var failed atomic.Bool
			started := time.Now()
			wait(s, failed.Load)
			s.credential.fail = func() error {
				if time.Since(started) > patience && failed.CompareAndSwap(false, true) {
					return passing{}
				}
				return nil
			}
			if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), ""); err != nil || !failed.Load() {
				t.Error(err)
			}
		})
	}
}

// failUntil makes every command fail until something is over.
func (s *testCluster) failUntil(over func() bool, kind kusto.FaultKind) {
	s.remote.Intercept(func(kusto.Command) *kusto.Fault {
		if over() {
			return nil
		}
		return &kusto.Fault{Kind: kind}
	})
}

// A caller whose time is up gets an error at once, also while others wait for the same command.
// Only after an interrupt a command may still finish.
func TestSilent_clusterHoldsNobodyBeyondHisTime(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Retry.Finish, o.Retry.Write = time.Hour, time.Hour })
	alice, bob := must("aaduser=alice@contoso.com"), must("aaduser=bob@contoso.com")
	s.mustList(s.db)
	gate := s.remote.Hold(func(c kusto.Command) bool { return c.Verb == ".add" })
	patient := later(func() (Match, error) { return s.AddPrincipal(t.Context(), s.db, Viewers, alice, "") })
	<-gate.Waiting()
	for name, do := range map[string]func(context.Context) error{
		"alone":       func(ctx context.Context) error { _, err := s.AddPrincipal(ctx, s.db, Users, alice, ""); return err },
		"a role":      func(ctx context.Context) error { return s.setRole(ctx, s.db, Ingestors, alice) },
		"in a queue":  func(ctx context.Context) error { _, err := s.AddPrincipal(ctx, s.db, Viewers, bob, ""); return err },
		"alone, drop": func(ctx context.Context) error { return s.dropErr(ctx, s.db, Viewers, bob, false) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		started := time.Now()
		err := do(ctx)
		cancel()
		if took := time.Since(started); took > 5*time.Second || err == nil && name != "alone, drop" {
			t.Errorf("%s: %v after %s", name, err, took)
		}
	}
	gate.Release()
	if r := <-patient; r.err != nil {
		t.Error(r.err)
	}
}

func TestSilent_clusterIsCalledThat(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testOptions){
		"each try":      func(o *testOptions) { o.Retry.Attempt, o.Retry.Write = 20*time.Millisecond, 20*time.Millisecond },
		"the operation": func(*testOptions) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, change, func(o *testOptions) { o.Behaviour.Capacity, o.Retry.Finish = 1000, time.Millisecond })
			paused := make(chan struct{}, 1000)
			s.onPause = func(mgmt.Event) { paused <- struct{}{} }
			gate := s.remote.Hold(nil)
			defer gate.Release()
			for _, do := range []func(context.Context) error{
				func(ctx context.Context) error { _, err := s.Principals(ctx, s.db); return err },
				func(ctx context.Context) error {
					_, err := s.AddPrincipal(ctx, s.db, Viewers, resolvedAt(1), "")
					return err
				},
				func(ctx context.Context) error { return s.setRole(ctx, s.db, Users, resolvedAt(1)) },
			} {
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					if name == "each try" {
						<-paused
					} else {
						<-gate.Waiting()
					}
					cancel(context.DeadlineExceeded) // as a timeout does
				}()
				if e := wantReason(t, do(ctx), mgmt.ErrSilent); e.TimeUp == nil {
					t.Errorf("%#v", e)
				}
			}
		})
	}
}

// stuckCredential never signs in.
type stuckCredential struct{ asked chan struct{} }

func (c stuckCredential) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked <- struct{}{}
	<-ctx.Done()
	return azcore.AccessToken{}, ctx.Err()
}

func (stuckCredential) Refresh() {}

func TestInterrupt_endsAtOnceWhenNoCommandIsOnItsWay(t *testing.T) {
	t.Parallel()
	stuck := stuckCredential{make(chan struct{}, 1)}
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Finish, o.Retry.Write = time.Hour, time.Hour })
	o := s.options
	o.Credential = stuck
	c, err := NewClients(o).Client(s.Conn().URI())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	added := later(func() (Match, error) { return c.AddPrincipal(ctx, s.db, Viewers, resolvedAt(1), "") })
	<-stuck.asked
	cancel()
	select {
	case r := <-added:
		if !errors.Is(r.err, mgmt.ErrInterrupted) {
			t.Error(r.err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for a sign-in")
	}
}
