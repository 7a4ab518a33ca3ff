// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// candidate is one of the providers that are compared.
type candidate struct {
	name   string
	folder string // of the provider's program
	hcl    func(scenario) string
	sends  bool // sends commands to the cluster
	space  *acctest.Workspace

	apply, plan, destroy phase
	change               phase
	peakMiB              int
}

// phase is one command of the CLI: the times of all its runs, and the number of
// commands to the cluster in the last run.
type phase struct {
	wall, cpu     []time.Duration
	shows, writes int
}

func (p phase) wallSeconds() float64 { return median(p.wall).Seconds() }
func (p phase) cpuSeconds() float64  { return median(p.cpu).Seconds() }
func (p phase) commands() int        { return p.shows + p.writes }

func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// measure runs a scenario through all its phases. In each phase the candidates take
// turns, so that other load on the machine affects all of them.
func (b *bench) measure(ctx context.Context, i int, s scenario) error {
	cluster := b.cluster(i, s)
	for range b.cycles {
		if err := b.reset(ctx, s, cluster); err != nil {
			return err
		}
		if err := b.create(ctx, s, cluster); err != nil {
			return err
		}
		for range b.plans(s) {
			if err := b.runAll(ctx, cluster, func(r *candidate) *phase { return &r.plan }, "plan", "-detailed-exitcode"); err != nil {
				return err
			}
		}
		if s.seeded {
			return nil
		}
		if err := b.changeOne(ctx, s, cluster); err != nil {
			return err
		}
		if err := b.runAll(ctx, cluster, func(r *candidate) *phase { return &r.destroy }, "destroy", "-auto-approve"); err != nil {
			return err
		}
	}
	return nil
}

// plans is how often a plan is measured: once if the CLI alone takes minutes.
func (b *bench) plans(s scenario) int {
	if s.seeded {
		return 1
	}
	return b.runs
}

func (b *bench) create(ctx context.Context, s scenario, cluster *kusto.Cluster) error {
	if s.seeded {
		return b.seed(ctx, s, cluster)
	}
	return b.runAll(ctx, cluster, func(r *candidate) *phase { return &r.apply }, "apply", "-auto-approve")
}

// reset gives every candidate an empty workspace with the scenario's configuration.
func (b *bench) reset(ctx context.Context, s scenario, cluster *kusto.Cluster) error {
	for _, r := range b.candidates {
		if err := os.RemoveAll(r.space.Dir); err != nil {
			return err
		}
		if err := os.MkdirAll(r.space.Dir, 0o700); err != nil {
			return err
		}
		if err := r.space.Write("main.tf", r.hcl(s)); err != nil {
			return err
		}
		r.space.Env = append(r.space.Env, "KUSTO_CLUSTER_URI="+cluster.URI())
		if _, err := r.space.Must(ctx, 0, "init", "-no-color"); err != nil {
			return err
		}
	}
	return nil
}

// runAll runs one command of the CLI for each candidate.
func (b *bench) runAll(ctx context.Context, cluster *kusto.Cluster, of func(*candidate) *phase, args ...string) error {
	for _, r := range b.candidates {
		cluster.ResetCommands()
		if err := r.run(ctx, of(r), args...); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if r.sends {
			of(r).count(cluster.Commands())
		}
	}
	return nil
}

// changeOne removes one member from a role resource's list.
func (b *bench) changeOne(ctx context.Context, s scenario, cluster *kusto.Cluster) error {
	if !s.roles {
		return nil
	}
	s.grants--
	for _, r := range b.candidates {
		if err := r.space.Write("main.tf", r.hcl(s)); err != nil {
			return err
		}
	}
	return b.runAll(ctx, cluster, func(r *candidate) *phase { return &r.change }, "apply", "-auto-approve")
}

func (p *phase) count(commands []kusto.Command) {
	p.shows, p.writes = 0, 0
	for _, c := range commands {
		if c.Verb == ".show" {
			p.shows++
			continue
		}
		p.writes++
	}
}

// run runs the CLI and measures the time of its process tree and the memory of its provider.
func (r *candidate) run(ctx context.Context, p *phase, args ...string) error {
	cmd := r.space.Command(ctx, append([]string{args[0], "-no-color"}, args[1:]...)...)
	started, watch := time.Now(), watchMemory(r.space.Dir)
	out, err := cmd.CombinedOutput()
	took := time.Since(started)
	r.peakMiB = max(r.peakMiB, watch())
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out[max(0, len(out)-4000):])
	}
	p.wall = append(p.wall, took)
	p.cpu = append(p.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	return nil
}

// cluster makes a cluster with the scenario's tables and users.
func (b *bench) cluster(i int, s scenario) *kusto.Cluster {
	c := b.service.AddCluster(kusto.ClusterConfig{
		Name: fmt.Sprintf("bench%d", i), Admins: []*entra.Principal{b.caller},
	})
	d := c.AddDatabase("Bench")
	for t := range s.securables {
		d.AddTable(fmt.Sprintf("T%d", t))
	}
	b.addUsers(s.grants)
	c.SetLatency(b.latency)
	return c
}
