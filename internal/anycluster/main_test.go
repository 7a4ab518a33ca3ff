// SPDX-License-Identifier: MPL-2.0

// Package anycluster tests the provider on any Kusto service: on a cluster of the emulator,
// and by `make testacc` on a real one. Every test in it runs on both. Tests that need the
// emulator are in other packages.
package anycluster

import (
	"fmt"
	"os"
	"testing"
)

const (
	// realVariable is set by `make testacc`.
	realVariable = "KUSTO_TEST_REAL"
	// childVariable is set in the process that supervise starts.
	childVariable = "KUSTO_TEST_CHILD"
)

// shared is the cluster that all tests use.
var shared *cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if os.Getenv(realVariable) == "" {
		var stop func()
		if shared, stop, err = emulatedCluster(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer stop()
		return m.Run()
	}
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
