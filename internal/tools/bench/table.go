// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"strings"
)

// measureAll measures the scenarios and prints a table. With -check it fails if a
// limit is exceeded.
func (b *bench) measureAll(ctx context.Context) error {
	fmt.Printf("Commands take %s. Ratios are to terraform_data / to the bare plugin; cmds are .show + writes.\n", b.latency)
	var exceeded []string
	for i, s := range scenarios {
		if s.grants > b.most || !strings.Contains(s.name, b.only) {
			continue
		}
		for _, r := range b.candidates {
			r.apply, r.plan, r.change, r.destroy, r.peakMiB = phase{}, phase{}, phase{}, phase{}, 0
		}
		if err := b.measure(ctx, i, s); err != nil {
			return err
		}
		b.print(s)
		exceeded = append(exceeded, s.exceeded(b.candidates)...)
	}
	for _, m := range exceeded {
		fmt.Println("exceeded:", m)
	}
	if b.check && len(exceeded) > 0 {
		return fmt.Errorf("%d limits were exceeded", len(exceeded))
	}
	return nil
}

func (b *bench) print(s scenario) {
	data, bare, kusto := b.candidates[0], b.candidates[1], b.candidates[2]
	fmt.Printf("\n%s (load %s, provider memory at most %d MiB)\n", s.name, load(), kusto.peakMiB)
	fmt.Printf("  %-8s %8s %14s %8s %14s %10s\n", "", "seconds", "ratios", "CPU-s", "ratios", "cmds")
	for _, row := range []struct {
		name              string
		data, bare, kusto phase
	}{
		{"plan", data.plan, bare.plan, kusto.plan},
		{"apply", data.apply, bare.apply, kusto.apply},
		{"change", data.change, bare.change, kusto.change},
		{"destroy", data.destroy, bare.destroy, kusto.destroy},
	} {
		if len(row.kusto.wall) == 0 {
			continue
		}
		fmt.Printf("  %-8s %8.2f %6.2f / %5.2f %8.2f %6.2f / %5.2f %6d+%d\n", row.name,
			row.kusto.wallSeconds(), row.kusto.wallSeconds()/row.data.wallSeconds(), row.kusto.wallSeconds()/row.bare.wallSeconds(),
			row.kusto.cpuSeconds(), row.kusto.cpuSeconds()/row.data.cpuSeconds(), row.kusto.cpuSeconds()/row.bare.cpuSeconds(),
			row.kusto.shows, row.kusto.writes)
	}
	fmt.Printf("  %-8s %8.2f %6.2f         %8.2f %6.2f           (the bare plugin's plan)\n", "bare",
		bare.plan.wallSeconds(), bare.plan.wallSeconds()/data.plan.wallSeconds(),
		bare.plan.cpuSeconds(), bare.plan.cpuSeconds()/data.plan.cpuSeconds())
}

// exceeded lists the limits that a scenario exceeded. Ratios are of CPU time, which
// other load on the machine affects less than the wall time.
func (s scenario) exceeded(candidates []*candidate) []string {
	bare, kusto := candidates[1], candidates[2]
	var out []string
	for _, p := range []struct {
		what       string
		most, have float64
	}{
		{"a plan's CPU time as a multiple of the bare plugin's", s.plan, kusto.plan.cpuSeconds() / bare.plan.cpuSeconds()},
		{"an apply's CPU time as a multiple of the bare plugin's", s.apply, kusto.apply.cpuSeconds() / bare.apply.cpuSeconds()},
		{"a destroy's CPU time as a multiple of the bare plugin's", s.destroy, kusto.destroy.cpuSeconds() / bare.destroy.cpuSeconds()},
		{"commands in a plan", float64(s.shows), float64(kusto.plan.commands())},
		{"writes in an apply", float64(s.writes), float64(kusto.apply.writes)},
		{"commands in a change", float64(s.changes), float64(kusto.change.commands())},
		{"provider's memory in MiB", float64(s.peakMiB), float64(kusto.peakMiB)},
	} {
		if p.most > 0 && p.have > p.most {
			out = append(out, fmt.Sprintf("%s: %s is %.2f, the limit is %.2f", s.name, p.what, p.have, p.most))
		}
	}
	// The CLI plans twice, the second time in the process of the apply. Each reads the lists, and
	// looks up to 50 new names up.
	if most := 2 * (s.securables + 50); kusto.apply.shows > most {
		out = append(out, fmt.Sprintf("%s: %d .show in an apply, the limit is %d", s.name, kusto.apply.shows, most))
	}
	return out
}
