// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
)

// results are how the tests on a real cluster ended. `go test` itself prints neither the
// tests that passed nor why others were skipped, unless it is asked for everything.
var results = newReport()

type report struct {
	mu      sync.Mutex
	counts  map[string]int
	failed  []string          // their names
	reasons map[string]string // why tests are skipped, by name
	skipped map[string]int    // by reason
}

func newReport() *report {
	return &report{counts: make(map[string]int), reasons: make(map[string]string), skipped: make(map[string]int)}
}

// watch prints a line when the test ends, on a real cluster.
func (r *report) watch(t *testing.T) {
	t.Helper()
	if os.Getenv(realVariable) != "" {
		t.Cleanup(func() { r.ended(t) })
	}
}

// skip skips a test for a reason that the end repeats.
func (r *report) skip(t *testing.T, reason string) {
	t.Helper()
	r.mu.Lock()
	r.reasons[t.Name()] = reason
	r.mu.Unlock()
	t.Skip(reason)
}

func (r *report) ended(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	how, reason := "passed", r.reasons[t.Name()]
	switch {
	case t.Failed():
		how = "failed"
		r.failed = append(r.failed, t.Name())
	case t.Skipped():
		how = "skipped"
		r.skipped[reason]++
	}
	r.counts[how]++
	fmt.Printf("  %-8s %s\n", how, t.Name())
}

// print prints how many tests ended which way, and why the others did not pass.
func (r *report) print(out io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(out, "\n%d tests passed, %d failed, %d were skipped.\n", r.counts["passed"], r.counts["failed"], r.counts["skipped"])
	for _, name := range r.failed {
		fmt.Fprintf(out, "  failed: %s\n", name)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.skipped)) {
		fmt.Fprintf(out, "  %d skipped: %s\n", r.skipped[reason], reason)
	}
}
