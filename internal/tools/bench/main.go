// Command bench measures the provider with a real Terraform or OpenTofu against
// the emulator at a fixed time a command, beside two floors in the same run: as
// many terraform_data resources, which is what the CLI takes by itself, and a
// provider of the same schema that does nothing, which is the least that any
// plugin with this schema takes. What it prints are ratios to them: seconds say
// something of a machine, ratios of the provider.
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

// settings are the command line.
type settings struct {
	most, runs, cycles int
	latency            time.Duration
	check              bool
	only               string
}

func parse(args []string) (s settings, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&s.most, "most", 10000, "the largest `number` of grants to measure")
	flags.IntVar(&s.runs, "runs", 5, "how `often` each plan is measured; the median counts")
	flags.IntVar(&s.cycles, "cycles", 1, "how `often` each apply and destroy is measured; the median counts")
	flags.DurationVar(&s.latency, "latency", 50*time.Millisecond, "how long the emulator takes for a command")
	flags.BoolVar(&s.check, "check", false, "fail where a promise is not kept")
	flags.StringVar(&s.only, "only", "", "measure only scenarios whose `name` holds this")
	return s, flags.Parse(args)
}

// bench is one run: the service, and those that are measured side by side.
type bench struct {
	settings
	service *emulator.Emulator
	caller  *emulator.Principal
	racers  []*racer
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

// prepare builds the providers and installs each for the CLI at hand.
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
	b.racers = []*racer{
		{name: "terraform_data", folder: ".", hcl: floor},
		{name: "bare plugin", folder: "internal/tools/bench/bare", hcl: scenario.configuration},
		{name: "kusto", folder: ".", hcl: scenario.configuration, asks: true},
	}
	for i, r := range b.racers {
		if r.space, err = acctest.NewWorkspaceOf(ctx, r.folder, path, filepath.Join(dir, fmt.Sprint(i)), environ); err != nil {
			return err
		}
	}
	printMachine(ctx, path)
	return nil
}

// printMachine says what the figures were measured on.
func printMachine(ctx context.Context, cliPath string) {
	version, _ := exec.CommandContext(ctx, cliPath, "version").Output()
	first, _, _ := strings.Cut(string(version), "\n")
	fmt.Printf("%s, %s/%s, %d processors, %s; load %s\n", first, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), load())
}
