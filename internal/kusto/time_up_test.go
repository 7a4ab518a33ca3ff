// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// The last try was on its way when time was up. The failures before it say more.
func TestTimeUp_theReasonIsTheFailureBeforeTheLastTry(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(context.Context, *testCluster) error{
		"a read": func(ctx context.Context, s *testCluster) error {
			_, err := s.Principals(ctx, s.db)
			return err
		},
		"a write": func(ctx context.Context, s *testCluster) error {
			_, err := s.AddPrincipal(ctx, s.db, Viewers, resolvedAt(1), "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Retry.Finish = time.Millisecond })
			s.failOnce(kusto.Fault{Kind: kusto.Unavailable})
			gate := s.remote.Hold(func(kusto.Command) bool { return len(s.paused()) > 0 })
			defer gate.Release()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if e := wantReason(t, do(ctx, s), mgmt.ErrUnavailable); e.TimeUp == nil || e.MayHaveRun != (name == "a write") {
				t.Errorf("%#v", e)
			}
		})
	}
}

// A drop looks first whose grant it is. If that takes all the time, the drop is not sent, and
// what was wrong with the list is the reason.
func TestTimeUp_theReasonIsTheFailureOfTheListBefore(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.Intercept(func(kusto.Command) *kusto.Fault { return &kusto.Fault{Kind: kusto.Unavailable} })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.onPause = func(mgmt.Event) { cancel() }
	_, err := s.Client.DropPrincipal(ctx, s.db, Viewers, resolvedAt(1), DropOptions{Keep: func(*Grant) bool { return false }})
	if e := wantReason(t, err, mgmt.ErrUnavailable); e.TimeUp == nil || e.Status != 503 || e.MayHaveRun {
		t.Errorf("%#v", e)
	}
	s.wantSent(".drop", 0)
}
