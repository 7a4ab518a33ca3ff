// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"strings"
	"testing"
)

// manyApps adds n applications and returns their FQNs, quoted for a command.
func manyApps(s *fixture, n int) []string {
	quoted := make([]string, n)
	for i := range quoted {
		quoted[i] = "'" + s.Directory().AddApp("contoso.com", fmt.Sprintf("app-%d", i)).FQN() + "'"
	}
	return quoted
}

func TestAdd_takesAThousandPrincipals(t *testing.T) {
	s := newFixture(t)
	apps := manyApps(s, 1000)
	rows := s.run("Samples", ".add table StormEvents ingestors ("+strings.Join(apps, ",")+")").rows(t)
	if len(rows) != 1002 { // the deployer is AllDatabasesAdmin, and the table's creator
		t.Errorf("%d rows", len(rows))
	}
}

// BenchmarkShow gets ten thousand rows, over TLS and compressed.
func BenchmarkShow(b *testing.B) {
	s := newFixture(b)
	s.run("Samples", ".add table StormEvents ingestors ("+strings.Join(manyApps(s, 10_000), ",")+") skip-results")
	b.ResetTimer()
	for b.Loop() {
		if a := s.run("Samples", ".show table StormEvents principals"); a.status != 200 || len(a.Tables[0].Rows) != 10_002 {
			b.Fatalf("%d", a.status)
		}
	}
}

// BenchmarkAdd adds one principal to ten thousand, with skip-results.
func BenchmarkAdd(b *testing.B) {
	s := newFixture(b)
	apps := manyApps(s, 10_000)
	s.run("Samples", ".add table StormEvents ingestors ("+strings.Join(apps, ",")+") skip-results")
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		s.run("Samples", ".add table StormEvents ingestors ("+apps[i%len(apps)]+") skip-results")
	}
}
