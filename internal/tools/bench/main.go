// SPDX-License-Identifier: MPL-2.0

// Command bench measures the provider with a real Terraform or OpenTofu against
// the emulator, which takes a fixed time per command. It compares with two minimums
// in the same run: as many terraform_data resources, which show the cost of the CLI,
// and a provider of the same schema that does nothing, which shows the cost of the
// plugin protocol. It prints ratios to them, because seconds depend on the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the values of the flags.
type settings struct {
	most, runs, cycles int
	latency            time.Duration
	check              bool
	only               string
}

func parse(args []string) (s settings, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&s.most, "most", 10000, "the largest `number` of grants to measure")
	flags.IntVar(&s.runs, "runs", 5, "how `often` to measure each plan, to take the median")
	flags.IntVar(&s.cycles, "cycles", 1, "how `often` to measure each apply and destroy, to take the median")
	flags.DurationVar(&s.latency, "latency", 50*time.Millisecond, "the `time` that the emulator takes for a command")
	flags.BoolVar(&s.check, "check", false, "fail if a documented limit is exceeded")
	flags.StringVar(&s.only, "only", "", "measure only scenarios whose `name` contains this")
	return s, flags.Parse(args)
}

// bench is one run.
type bench struct {
	settings
	service    *emulator.Emulator
	caller     *entra.Principal
	candidates []*candidate
}

func run(ctx context.Context, args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kusto-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	service, err := emulator.Start(emulator.Options{Uncompressed: true})
	if err != nil {
		return err
	}
	defer service.Close()
	b := &bench{settings: s, service: service, caller: service.Directory().App("ci-deployer")}
	if err := b.prepare(ctx, dir); err != nil {
		return err
	}
	return b.measureAll(ctx)
}

// prepare builds the providers and installs each for the CLI.
func (b *bench) prepare(ctx context.Context, dir string) error {
	ca, err := b.service.WriteCA(dir)
	if err != nil {
		return err
	}
	path, err := acctest.Find()
	if err != nil {
		return err
	}
	environ := append(b.service.Environ(ca),
		"ARM_TENANT_ID="+b.caller.TenantID, "ARM_CLIENT_ID="+b.caller.AppID, "ARM_CLIENT_SECRET="+b.caller.Secrets[0])
	b.candidates = []*candidate{
		{name: "terraform_data", folder: ".", hcl: minimum},
		{name: "bare plugin", folder: "internal/tools/bench/bare", hcl: scenario.configuration},
		{name: "kusto", folder: ".", hcl: scenario.configuration, sends: true},
	}
	for i, r := range b.candidates {
		if r.space, err = acctest.NewWorkspaceOf(ctx, r.folder, path, filepath.Join(dir, fmt.Sprint(i)), environ); err != nil {
			return err
		}
	}
	printMachine(ctx, path)
	return nil
}

// printMachine prints the CLI and the machine.
func printMachine(ctx context.Context, cliPath string) {
	version, _ := exec.CommandContext(ctx, cliPath, "version").Output()
	first, _, _ := strings.Cut(string(version), "\n")
	fmt.Printf("%s, %s/%s, %d processors, %s; load %s\n", first, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), load())
}
