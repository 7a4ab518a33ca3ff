// SPDX-License-Identifier: MPL-2.0

// Command probe finds out how a real cluster behaves where the documentation says nothing.
// It asks about one database that is there for tests, restores what it changes, prints a
// table, and writes a file that the emulator can behave by.
//
//	make probe KUSTO_CLUSTER_URI=https://… KUSTO_TEST_DATABASE=…
//
// README.md of internal/emulator/kusto/behaviours says what the file is for.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

// run prints the result to out and what goes on to progress.
func run(ctx context.Context, args []string, lookup func(string) (string, bool), out, progress io.Writer) error {
	s, err := readSettings(args, lookup, progress)
	if err != nil {
		return err
	}
	if s.list {
		return printQuestions(out)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("%v were not enough (-timeout)", s.timeout))
	defer cancel()
	p, err := connect(ctx, s, lookup)
	if err != nil {
		return err
	}
	p.progress = progress
	return p.run(ctx, out)
}

// run asks all questions and prints the table. Whatever happens, it restores the grants
// before that.
func (p *probe) run(ctx context.Context, out io.Writer) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	results, restored := p.askAll(ctx)
	if len(results) < len(questions) {
		return errors.Join(fmt.Errorf("not all questions were asked, and no file was written: %w", context.Cause(ctx)), restored)
	}
	if err := p.printResults(out, results); err != nil {
		return errors.Join(err, restored)
	}
	return errors.Join(p.writeBehaviour(out, results), restored)
}

// askAll asks the questions in their order until ctx is done, and then restores the grants.
// The error says which ones are not as before.
func (p *probe) askAll(ctx context.Context) (results []result, restored error) {
	defer func() { restored = p.restore(ctx) }()
	for i, q := range questions {
		fmt.Fprintf(p.progress, "[%d/%d] %s\n", i+1, len(questions), q.name)
		r := p.answer(ctx, q)
		if ctx.Err() != nil {
			fmt.Fprintln(p.progress, "Stopped. Restoring the grants…")
			break
		}
		results = append(results, r)
	}
	return results, nil
}
