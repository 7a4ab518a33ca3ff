// Command bench measures the provider with a real Terraform or OpenTofu against
// the emulator at a fixed time a command, beside the same number of
// terraform_data resources in the same run. What it prints are ratios to that
// floor: seconds say something of a machine, ratios of the provider.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/cli"
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

// bench is one run: the service, the workspace and what is measured.
type bench struct {
	service *emulator.Emulator
	caller  *emulator.Principal
	space   *cli.Workspace
	runs    int
	latency time.Duration
	check   bool
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	most := flags.Int("most", 10000, "the largest `number` of grants to measure")
	runs := flags.Int("runs", 3, "how `often` each plan is measured; the median counts")
	latency := flags.Duration("latency", 50*time.Millisecond, "how long the emulator takes for a command")
	check := flags.Bool("check", false, "fail where a promised ratio or number of commands is not reached")
	only := flags.String("only", "", "measure only scenarios whose `name` holds this")
	if err := flags.Parse(args); err != nil {
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
	b := &bench{service: service, caller: service.Directory().App("ci-deployer"), runs: *runs, latency: *latency, check: *check}
	if err := b.prepare(ctx, dir); err != nil {
		return err
	}
	return b.measureAll(ctx, *most, *only)
}

// prepare builds the provider and installs it for the CLI at hand.
func (b *bench) prepare(ctx context.Context, dir string) error {
	ca, err := b.service.WriteCA(dir)
	if err != nil {
		return err
	}
	path, err := cli.Find()
	if err != nil {
		return err
	}
	environ := append(b.service.Environ(ca),
		"ARM_TENANT_ID="+b.caller.TenantID, "ARM_CLIENT_ID="+b.caller.AppID, "ARM_CLIENT_SECRET="+b.caller.Secrets[0])
	b.space, err = cli.NewWorkspace(ctx, path, dir, environ)
	if err != nil {
		return err
	}
	printMachine(ctx, path)
	return nil
}
