// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Every fault at once, two clients at once, grants and drops of both kinds in
// all directions: at the end the cluster holds what was asked for.
func TestStorm_endsWithWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	for seed := range int64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.DropAbsentIsError = seed%2 == 1 })
			s.remote.SetFaults(kusto.FaultPlan{
				Seed: seed, Throttle: 0.05, Unavailable: 0.05, GatewayTimeout: 0.05, Status520: 0.05, CutBefore: 0.05, CutAfter: 0.05,
				Truncate: 0.05, Partial: 0.05, Slow: 0.05, SlowBy: time.Millisecond, Late: 0.3, LateLookups: 3, MetadataFailures: 2, MaxPerCommand: 5,
			})
			other := secondClient(t, s)
			table := entity("table", "T")
			s.remote.Database("Samples").AddTable("T")
			keep, leave := newApps(25), newApps(25)
			s.grant(s.db, Viewers, leave...)
			s.grant(table, Ingestors, leave...)
			var all sync.WaitGroup
			for i := range keep {
				c := []*Client{s.Client, other}[i%2]
				for _, g := range []struct {
					in   Securable
					role Role
				}{{s.db, Viewers}, {table, Ingestors}} {
					all.Go(func() {
						if got, err := c.AddPrincipal(t.Context(), g.in, g.role, must(keep[i].FQN()), ""); err != nil || fqnOf(got.Grant) != keep[i].FQN() {
							t.Errorf("add to %s: %v, %v", g.in, got, err)
						}
					})
					all.Go(func() {
						if _, err := c.DropPrincipal(t.Context(), g.in, g.role, must(leave[i].FQN()), DropOptions{}); err != nil {
							t.Errorf("drop from %s: %v", g.in, err)
						}
					})
					all.Go(func() {
						if _, err := c.CurrentPrincipals(t.Context(), g.in); err != nil {
							t.Errorf("read %s: %v", g.in, err)
						}
					})
				}
			}
			all.Wait()
			s.wantHeld(s.db, Viewers, heldBy(keep)...)
			s.wantHeld(table, Ingestors, heldBy(keep)...)
		})
	}
}

// secondClient is another process at the same cluster.
func secondClient(t *testing.T, s *testCluster) *Client {
	t.Helper()
	o := s.options
	o.Credential, o.Product = &testCredential{principal: s.credential.principal}, "another"
	c, err := NewClients(o).Client(s.Conn().URI())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Those who give up at any moment hear either that their grant was made, or that
// they gave up; and who hears that it was made is right.
func TestStorm_keepsItsWordToThoseWhoGiveUp(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.SetFaults(kusto.FaultPlan{Seed: 7, Slow: 0.5, SlowBy: time.Millisecond, Throttle: 0.2, CutAfter: 0.1})
	apps := newApps(60)
	var all sync.WaitGroup
	for i, p := range apps {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*300*time.Microsecond)
			defer cancel()
			g, err := s.AddPrincipal(ctx, s.db, Viewers, must(p.FQN()), "")
			switch {
			case err == nil && fqnOf(g.Grant) != p.FQN():
				t.Errorf("%s became %v", p.FQN(), g)
			case err != nil && mgmt.AsError(err).TimeUp == nil:
				t.Errorf("%s: %v", p.FQN(), err)
			case err == nil && !slices.Contains(s.held(s.db, Viewers), p.FQN()):
				t.Errorf("%s was granted, and is not there", p.FQN())
			}
		})
	}
	all.Wait()
}
