// Command kusto-emulator runs the emulator in the foreground, for people: it
// prints the variables by which programs reach it, what it serves, and a line
// for each management command.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kusto-emulator:", err)
		os.Exit(1)
	}
}

// settings are the command line.
type settings struct {
	listen, cluster, databases, dir, envFile, faults string
	latency, lifetime                                time.Duration
	quiet, uncompressed                              bool
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("kusto-emulator", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:18443", "the proxy's `address`; port 0 takes a free one")
	flags.StringVar(&s.cluster, "cluster", "democluster", "the cluster's `name`, served as <name>.westeurope.kusto.windows.net")
	flags.StringVar(&s.databases, "databases", "Samples,My DB", "`names` of its databases, separated by commas")
	flags.StringVar(&s.dir, "dir", "", "the `folder` for ca.pem; a temporary one, removed at the end, if empty")
	flags.StringVar(&s.envFile, "env-file", "", "a `file` to write the exports to once everything is ready")
	flags.StringVar(&s.faults, "faults", "", "a fault `plan`, such as 429=0.3,503=0.1,cut-after=0.1,late=0.2,retry-after=1s")
	flags.DurationVar(&s.latency, "latency", 0, "how long each command takes, such as 50ms")
	flags.DurationVar(&s.lifetime, "token-lifetime", time.Hour, "how long access tokens are valid")
	flags.BoolVar(&s.uncompressed, "uncompressed", false, "never compress answers, for benchmarks")
	flags.BoolVar(&s.quiet, "quiet", false, "print nothing but the exports")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return s, nil
}

// run serves until the context ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	plan, err := emulator.ParseFaultPlan(s.faults)
	if err != nil {
		return err
	}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "kusto-emulator-"); err != nil {
			return err
		}
		defer os.RemoveAll(s.dir)
	}
	options := emulator.Options{Listen: s.listen, TokenLifetime: s.lifetime, Uncompressed: s.uncompressed}
	e, err := emulator.Start(options) //nolint:contextcheck // it ends with Close
	if err != nil {
		return err
	}
	defer e.Close()
	cluster := furnish(e, s, plan)
	caFile, err := e.WriteCA(s.dir)
	if err != nil {
		return err
	}
	if err := announce(out, s, e, cluster, caFile); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// furnish adds the cluster with its databases, each with a few entities of every kind.
func furnish(e *emulator.Emulator, s settings, plan emulator.FaultPlan) *emulator.Cluster {
	deployer := e.Directory().App(emulator.CIDeployerAppID)
	cluster := e.AddCluster(emulator.ClusterConfig{Name: s.cluster, Admins: []*emulator.Principal{deployer}})
	for name := range strings.SplitSeq(s.databases, ",") {
		db := cluster.AddDatabase(strings.TrimSpace(name))
		for _, table := range []string{"StormEvents", "Night Admin"} {
			db.AddTable(table)
		}
		db.AddExternalTable("Archive")
		db.AddMaterializedView("DailyCounts")
		db.AddFunction("TopStates")
		db.AddGraphModel("Network")
	}
	cluster.SetLatency(s.latency)
	cluster.SetFaults(plan)
	return cluster
}
