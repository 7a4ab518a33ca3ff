// SPDX-License-Identifier: MPL-2.0

// Command kusto-emulator runs the emulator of Microsoft Entra ID and Kusto: for one command,
// with whose status it ends, or in the foreground, where it prints the variables for
// programs that use it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout)
	status := 0
	var ended exit
	switch {
	case errors.As(err, &ended):
		status = ended.status
	case err != nil:
		status = 1
	}
	if err != nil && err.Error() != "" {
		fmt.Fprintln(os.Stderr, "kusto-emulator:", err)
	}
	os.Exit(status)
}

// The statuses of failures before the command has one of its own, as of env and timeout.
const (
	statusFailed    = 125
	statusCannotRun = 126
	statusNotFound  = 127
	statusOfSignal  = 128 // and the signal
)

// exit ends the program with a status. Without an error the program says nothing.
type exit struct {
	status int
	error
}

func (e exit) Error() string {
	if e.error == nil {
		return ""
	}
	return e.error.Error()
}

// run does what the arguments say. Without a command it serves until ctx is done or a
// signal comes.
func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil && s.command != nil:
		return exit{statusFailed, err}
	case err != nil:
		return err
	case s.version:
		_, err := fmt.Fprintln(out, "kusto-emulator", versionOf())
		return err
	}
	// Who reads what is printed may go: that must not end the program before it has removed
	// its folder. A signal that is ignored instead would be so for the command too.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	if s.command != nil {
		return runCommand(s, out)
	}
	ctx, stop := signal.NotifyContext(ctx, notIgnored([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP})...)
	defer stop()
	return serve(ctx, s, out)
}

// notIgnored are the signals that this program does not ignore by the will of its caller,
// as SIGHUP under nohup. What it ignores, the command ignores too.
func notIgnored(signals []os.Signal) []os.Signal {
	return slices.DeleteFunc(slices.Clone(signals), signal.Ignored)
}

// version is set by the build of a release.
var version string

// versionOf is the version of the release, or else of the module, as Go has put it into
// the program.
func versionOf() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

// serve serves until ctx is done.
func serve(ctx context.Context, s settings, out io.Writer) error {
	e, err := start(s)
	if err != nil {
		return err
	}
	defer e.stop()
	if err := e.writeExports(s.envFile); err != nil {
		return err
	}
	defer e.removeExports(s.envFile)
	if err := printStart(out, s, e); err != nil {
		return err
	}
	<-ctx.Done()
	return e.printGrants(s, out)
}
