package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// figures are one configuration's times.
type figures struct {
	apply, plan, destroy time.Duration
	applied, planned     int // commands
	destroyed            int
	peakMiB              int
}

func (b *bench) measureAll(ctx context.Context, most int, only string) error {
	fmt.Printf("\n%-28s %22s %22s %22s %9s\n", "", "plan", "apply", "destroy", "provider")
	fmt.Printf("%-28s %22s %22s %22s %9s\n", "grants", "ratio  seconds  cmds", "ratio  seconds  cmds", "ratio  seconds  cmds", "peak MiB")
	var missed []string
	for i, s := range scenarios {
		if s.grants > most || !strings.Contains(s.name, only) {
			continue
		}
		base, err := b.measure(ctx, i, s, floor(s), false)
		if err != nil {
			return err
		}
		got, err := b.measure(ctx, i, s, s.hcl(s), true)
		if err != nil {
			return err
		}
		print(s, base, got)
		missed = append(missed, s.missed(base, got)...)
	}
	for _, m := range missed {
		fmt.Println("missed:", m)
	}
	if b.check && len(missed) > 0 {
		return fmt.Errorf("%d promises were not kept", len(missed))
	}
	return nil
}

func print(s scenario, base, got figures) {
	cell := func(base, got time.Duration, commands int) string {
		return fmt.Sprintf("%5.2f %8.2f %6d", ratio(base, got), got.Seconds(), commands)
	}
	fmt.Printf("%-28s %22s %22s %22s %9d\n", s.name,
		cell(base.plan, got.plan, got.planned), cell(base.apply, got.apply, got.applied), cell(base.destroy, got.destroy, got.destroyed), got.peakMiB)
}

func ratio(base, got time.Duration) float64 { return got.Seconds() / base.Seconds() }

// missed names the promises that a scenario did not keep.
func (s scenario) missed(base, got figures) []string {
	var out []string
	for _, p := range []struct {
		what       string
		most, have float64
	}{
		{"plan, times the floor", s.plan, ratio(base.plan, got.plan)},
		{"apply, times the floor", s.apply, ratio(base.apply, got.apply)},
		{"destroy, times the floor", s.destroy, ratio(base.destroy, got.destroy)},
		{"commands in a plan", float64(s.showCommands), float64(got.planned)},
		{"commands in an apply", float64(s.addCommands), float64(got.applied)},
		{"provider's memory in MiB", float64(s.providerMiB), float64(got.peakMiB)},
	} {
		if p.most > 0 && p.have > p.most {
			out = append(out, fmt.Sprintf("%s: %s is %.2f, promised %.2f", s.name, p.what, p.have, p.most))
		}
	}
	return out
}

// measure applies a configuration, plans it and destroys it.
func (b *bench) measure(ctx context.Context, i int, s scenario, hcl string, withProvider bool) (f figures, err error) {
	if err := b.clear(); err != nil {
		return f, err
	}
	cluster := b.cluster(i, s)
	if err := b.space.Write("main.tf", hcl); err != nil {
		return f, err
	}
	b.space.Env = append(b.space.Env, "KUSTO_CLUSTER_URI="+cluster.URI())
	if withProvider {
		if _, err := b.space.Must(ctx, 0, "init", "-no-color"); err != nil {
			return f, err
		}
	}
	if f.apply, _, err = b.timed(ctx, "apply", "-auto-approve"); err != nil {
		return f, err
	}
	f.applied = b.count(cluster)
	var plans []time.Duration
	for range b.runs {
		cluster.ResetCommands()
		took, peak, err := b.timed(ctx, "plan", "-detailed-exitcode")
		if err != nil {
			return f, err
		}
		plans, f.planned, f.peakMiB = append(plans, took), b.count(cluster), max(f.peakMiB, peak)
	}
	slices.Sort(plans)
	f.plan = plans[len(plans)/2]
	cluster.ResetCommands()
	if f.destroy, _, err = b.timed(ctx, "destroy", "-auto-approve"); err != nil {
		return f, err
	}
	f.destroyed = b.count(cluster)
	return f, nil
}

// clear empties the workspace.
func (b *bench) clear() error {
	if err := os.RemoveAll(b.space.Dir); err != nil {
		return err
	}
	return os.MkdirAll(b.space.Dir, 0o700)
}

// cluster makes a cluster with the scenario's tables, and the users it grants to.
func (b *bench) cluster(i int, s scenario) *emulator.Cluster {
	c := b.service.AddCluster(emulator.ClusterConfig{
		Name: fmt.Sprintf("bench%d", i), Admins: []*emulator.Principal{b.caller},
	})
	d := c.AddDatabase("Bench")
	for t := range s.securables {
		d.AddTable(fmt.Sprintf("T%d", t))
	}
	b.addUsers(s.grants)
	c.SetLatency(b.latency)
	return c
}

func (b *bench) count(c *emulator.Cluster) int { return len(c.Commands()) }

// timed runs the CLI, and watches how much memory its provider takes.
func (b *bench) timed(ctx context.Context, args ...string) (took time.Duration, peakMiB int, err error) {
	started := time.Now()
	cmd := b.space.Command(ctx, append([]string{args[0], "-no-color"}, args[1:]...)...)
	watch := watchMemory(b.space.Dir)
	out, err := cmd.CombinedOutput()
	took = time.Since(started)
	peakMiB = watch()
	if err != nil {
		return took, peakMiB, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, tail(out))
	}
	return took, peakMiB, nil
}

func tail(out []byte) []byte { return out[max(0, len(out)-4000):] }

// printMachine says what the figures were measured on.
func printMachine(ctx context.Context, cliPath string) {
	version, _ := exec.CommandContext(ctx, cliPath, "version").Output()
	first, _, _ := strings.Cut(string(version), "\n")
	fmt.Printf("%s, %s/%s, %d processors, %s\n", first, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), filepath.Base(cliPath))
}
