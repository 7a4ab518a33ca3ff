// SPDX-License-Identifier: MPL-2.0

// Package anycluster tests the provider on any Kusto service: on a cluster of the emulator,
// and by `make testacc` on a real one. Every test in it runs on both. Tests that need the
// emulator are in other packages.
package anycluster

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest/emulated"
)

const (
	// realVariable is set by `make testacc`.
	realVariable = "KUSTO_TEST_REAL"
	// childVariable is set in the process that supervise starts.
	childVariable = "KUSTO_TEST_CHILD"
)

// shared is the cluster that all tests use.
var shared *cluster

func TestMain(m *testing.M) {
	if os.Getenv(realVariable) != "" {
		os.Exit(runOnRealCluster(m))
	}
	emulated.Main(m, func(p emulated.Process) { shared = emulatedCluster(p) },
		goleak.IgnoreAnyFunction("github.com/hashicorp/go-plugin.copyChan")) // reads the output of what it serves for ever
}

func runOnRealCluster(m *testing.M) int {
	var err error
	if shared, err = realCluster(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if os.Getenv(childVariable) == "" {
		return supervise(shared)
	}
	endBetweenChanges()
	code := m.Run()
	results.print(os.Stdout)
	return code
}
