// Command kusto-emulator runs the emulator in the foreground. It prints the
// environment variables for programs that use it, the hosts and principals, and one
// line per management command.
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

// settings are the values of the flags.
type settings struct {
	listen, cluster, databases, dir, envFile string
	faults, behaviour                        string
	latency, lifetime                        time.Duration
	quiet, uncompressed                      bool
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("kusto-emulator", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:18443", "the proxy's `address`; with port 0 a free port is chosen")
	flags.StringVar(&s.cluster, "cluster", "democluster", "the `name` of the cluster, whose host is <name>.westeurope.kusto.windows.net")
	flags.StringVar(&s.databases, "databases", "Samples,My DB", "the `names` of the databases, separated by commas")
	flags.StringVar(&s.dir, "dir", "", "the `folder` for ca.pem (default: a temporary folder)")
	flags.StringVar(&s.envFile, "env-file", "", "a `file` to write the exports to, when the emulator is ready")
	flags.StringVar(&s.faults, "faults", "", "a fault `plan`, such as 429=0.3,503=0.1,cut-after=0.1,late=0.2,retry-after=1s")
	flags.StringVar(&s.behaviour, "behaviour", "", "a `file` in JSON with the behaviour of the cluster, such as those in testdata/behaviours")
	flags.DurationVar(&s.latency, "latency", 0, "the `time` that each command takes, such as 50ms")
	flags.DurationVar(&s.lifetime, "token-lifetime", time.Hour, "the `time` for which access tokens are valid")
	flags.BoolVar(&s.uncompressed, "uncompressed", false, "do not compress answers, for benchmarks")
	flags.BoolVar(&s.quiet, "quiet", false, "print only the exports")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return s, nil
}

// run serves until ctx is done.
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
	behaviour, err := readBehaviour(s.behaviour)
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
	cluster := addCluster(e, s, behaviour)
	cluster.SetFaults(plan)
	caFile, err := e.WriteCA(s.dir)
	if err != nil {
		return err
	}
	if err := printStart(out, s, e, cluster, caFile); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// addCluster adds the cluster and its databases, each with an entity of every kind.
func addCluster(e *emulator.Emulator, s settings, behaviour emulator.Behaviour) *emulator.Cluster {
	deployer := e.Directory().App(emulator.CIDeployerAppID)
	cluster := e.AddCluster(emulator.ClusterConfig{Name: s.cluster, Admins: []*emulator.Principal{deployer}, Behaviour: behaviour})
	for name := range strings.SplitSeq(s.databases, ",") {
		db := cluster.AddDatabase(strings.TrimSpace(name))
		for _, table := range []string{"StormEvents", "Night Admin"} {
			db.AddTable(table)
		}
		db.Add("external table", "Archive")
		db.Add("materialized-view", "DailyCounts")
		db.Add("function", "TopStates")
		db.AddGraphModel("Network")
	}
	cluster.SetLatency(s.latency)
	return cluster
}

// readBehaviour reads the file; without one, the behaviour is the default.
func readBehaviour(file string) (emulator.Behaviour, error) {
	if file == "" {
		return emulator.Behaviour{}, nil
	}
	return emulator.ReadBehaviour(file)
}
