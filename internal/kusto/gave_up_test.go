// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// One table was dropped outside. The caller that runs out of time meanwhile asks about another
// one: that is still there.
func TestGaveUp_anotherCommandsAnswerIsNotTheCallers(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*testCluster, context.Context, Securable) error{
		"a read": func(s *testCluster, ctx context.Context, table Securable) error {
			_, err := s.Principals(ctx, table)
			return err
		},
		"a drop": func(s *testCluster, ctx context.Context, table Securable) error {
			_, err := s.DropPrincipal(ctx, table, Ingestors, resolvedAt(1), false)
			return err
		},
		"a role": func(s *testCluster, ctx context.Context, table Securable) error {
			return s.ClearRole(ctx, table, Ingestors, nil, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Retry.Finish = time.Millisecond })
			s.remote.Database("Samples").AddTable("There")
			gate := s.remote.Hold(func(c kusto.Command) bool { return strings.Contains(c.Text, "'There'") })
			defer gate.Release()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			asked := later(func() (any, error) { return nil, ask(s, ctx, entity("table", "There")) })
			<-gate.Waiting()
			if _, err := s.Principals(t.Context(), entity("table", "Gone")); !errors.Is(err, mgmt.ErrSecurableNotFound) {
				t.Fatalf("the other table: %v", err)
			}
			cancel()
			if got := <-asked; got.err == nil || errors.Is(got.err, mgmt.ErrSecurableNotFound) {
				t.Errorf("got %v, want that time was up", got.err)
			}
		})
	}
}
