// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// supervise runs the tests in a process of their own, and afterwards restores the grants:
// also if that process panics, is interrupted or runs out of time. It returns the exit code.
func supervise(c *cluster) int {
	var roles []roleOn
	for _, kind := range kinds {
		for _, r := range c.roles(kind) {
			if c.has(kind) && !slices.Contains(roles, r) {
				roles = append(roles, r)
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), restoreTimeout)
	defer cancel()
	_, before, err := c.held(ctx, roles)
	if err != nil {
		fmt.Println("No test was run, because the grants to restore cannot be listed:", err)
		return 1
	}
	fmt.Printf("Tests on %s, %s:\n", c.uri, c.securableOf(kusto.Database))
	code, err := runTests()
	if err != nil {
		fmt.Println("The tests did not run to their end:", err)
	}
	done, left := c.restore(before)
	if len(done) > 0 {
		fmt.Println("The tests left grants changed. This was necessary to restore them:")
		printList(done)
	}
	if len(left) > 0 {
		fmt.Println("The grants may NOT be as before the tests. This is left to do:")
		printList(left)
		return 1
	}
	fmt.Println("The grants are as before the tests.")
	return code
}

// runTests runs this program once more, to run the tests, and returns its exit code, which
// is not 0 if there is an error. A signal ends that process and not this one, which has
// grants to restore.
func runTests() (code int, err error) {
	program, err := os.Executable()
	if err != nil {
		return 1, err
	}
	cmd := exec.CommandContext(context.Background(), program, os.Args[1:]...)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for s := range signals {
			fmt.Println("Interrupted. What is under way is finished, and then the grants are restored.")
			if s != os.Interrupt { // a terminal sends an interrupt to both
				_ = cmd.Process.Signal(s) // it may have ended by itself
			}
		}
	}()
	err = cmd.Wait()
	if err == nil || cmd.ProcessState.ExitCode() == 1 { // tests passed or failed
		return cmd.ProcessState.ExitCode(), nil
	}
	return 1, err
}

func printList(lines []string) {
	for _, line := range lines {
		fmt.Println("  " + line)
	}
}
