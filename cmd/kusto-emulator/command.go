// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// runCommand runs the command with an emulator, which serves until the command has ended.
// The error has the command's status.
func runCommand(s settings, out io.Writer) error {
	signals := make(chan os.Signal, 8)
	for _, sig := range notIgnored(caught) {
		signal.Notify(signals, sig)
	}
	defer signal.Stop(signals)
	e, err := start(s)
	if err != nil {
		return exit{statusFailed, err}
	}
	defer e.stop()
	if err := e.writeExports(s.envFile); err != nil {
		return exit{statusFailed, err}
	}
	defer e.removeExports(s.envFile)
	if isTerminal(os.Stderr) { // a shell looks like any other
		fmt.Fprintf(os.Stderr, "kusto-emulator: %s reaches %s on this machine, until it ends. The provider signs in as %s.\n"+
			"What is granted: curl $KUSTO_EMULATOR_URL/_emulator/grants\n", s.command[0], e.Clusters()[0].URI(), e.SignIn().DisplayName)
	}
	switch {
	case s.verbose:
		e.printCommands(os.Stderr)
	case s.faults == "": // a fault hides principals that are there
		e.printMissing(os.Stderr)
	}
	status, err := wait(s.command, environment(os.Environ(), e.variables()), signals)
	if err != nil {
		return exit{status, err}
	}
	if err := e.printGrants(s, out); err != nil {
		return exit{statusFailed, err}
	}
	return exit{status: status}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// wait runs a command to its end and passes signals on to it. The error is that of a
// command that did not start.
func wait(command, variables []string, signals <-chan os.Signal) (int, error) {
	// On Linux the command gets a signal when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child := exec.CommandContext(context.Background(), command[0], command[1:]...)
	child.Env = variables
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = endsWithThisProcess()
	switch err := child.Start(); {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return statusNotFound, fmt.Errorf("the command %s was not found", command[0])
	case err != nil:
		return statusCannotRun, fmt.Errorf("the command %s cannot be run: %w", command[0], err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = child.Wait() // the state tells
	}()
	for {
		select {
		case sig := <-signals:
			if !reachesCommand(sig) {
				_ = child.Process.Signal(sig) // it has ended otherwise
			}
		case <-ended:
			return statusOf(child.ProcessState), nil
		}
	}
}

// statusOf is the status of a process as a shell sees it.
func statusOf(state *os.ProcessState) int {
	if state == nil {
		return statusFailed
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return statusOfSignal + int(status.Signal())
	}
	return state.ExitCode()
}

// environment is the caller's without its sign-ins, and with the emulator's variables.
func environment(callers, emulators []string) []string {
	var kept []string
	for _, pair := range callers {
		name, _, _ := strings.Cut(pair, "=")
		if !signsIn(strings.ToUpper(name)) {
			kept = append(kept, pair)
		}
	}
	return append(kept, emulators...) // the last one of a name counts
}

// signsIn reports whether a variable is for signing in to Azure, or for the provider.
func signsIn(name string) bool {
	switch name {
	case "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", // GitHub
		"SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI", "AZURESUBSCRIPTION_CLIENT_ID", // Azure Pipelines
		"AZURESUBSCRIPTION_TENANT_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID":
		return true
	}
	for _, prefix := range []string{"ARM_", "AZURE_", "KUSTO_", "MSI_"} {
		if strings.HasPrefix(name, prefix) {
			return !strings.HasPrefix(name, "KUSTO_TEST_")
		}
	}
	return false
}
