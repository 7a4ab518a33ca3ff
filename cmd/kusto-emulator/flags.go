// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// settings are the values of the flags, and the command.
type settings struct {
	listen, cluster, databases, dir, envFile string
	seed, faults, behaviour                  string
	latency, lifetime                        time.Duration
	quiet, verbose, uncompressed             bool
	passThrough, printGrants, version        bool
	forOthers                                bool
	command                                  []string // nil without "--"
}

const usage = `Usage:
  kusto-emulator [flags] -- command [argument …]
  kusto-emulator [flags]

Emulates Microsoft Entra ID and Kusto on this machine, for tests of modules that use the
provider kusto. With a command, it runs the command with the variables that lead there, and
ends with the status of the command:

  kusto-emulator -seed seed.yaml -- terraform test

Without one, it prints the variables and serves until Ctrl-C. A script reads them from a file,
which is there when the emulator is ready:

  kusto-emulator -seed seed.yaml -env-file emulator.env &
  until test -f emulator.env; do sleep 0.1; done
  . ./emulator.env && terraform test

The variables are KUSTO_CLUSTER_URI (the first cluster), ARM_TENANT_ID, ARM_CLIENT_ID and
ARM_CLIENT_SECRET (the application to sign in as), KUSTO_EMULATOR_URL, where
/_emulator/grants lists what is granted now, and those of a proxy and its certificates.
All other sign-in variables are hidden from the command, those of GitHub Actions and Azure
Pipelines too.

A role on an object in a database takes a role on the database first, as documented. What else
a service may do is a -behaviour.

Flags:
`

// flagSet is the flags, which set s.
func flagSet(s *settings) *flag.FlagSet {
	flags := flag.NewFlagSet("kusto-emulator", flag.ContinueOnError)
	flags.StringVar(&s.seed, "seed", "", "a `file` in YAML with tenants, principals, clusters, databases and grants (default: the tenant contoso.com and one cluster)")
	flags.BoolVar(&s.printGrants, "print-grants", false, "print the grants as JSON at the end, as of /_emulator/grants")
	flags.BoolVar(&s.passThrough, "pass-through", false, "let requests for other hosts through, such as a registry's for terraform init.\nThey pass by the proxy of HTTPS_PROXY, if that is set. The file of certificates also\nhas those of the system, or of SSL_CERT_FILE. Requests for real clusters, login hosts\nand Azure Resource Manager never pass")
	flags.StringVar(&s.listen, "listen", "", "the `address` of the proxy; with port 0 a free port is chosen (default: 127.0.0.1:18443; with a command a free port)")
	flags.StringVar(&s.cluster, "cluster", "democluster", "without a seed, the `name` of the cluster, whose host is <name>.westeurope.kusto.windows.net")
	flags.StringVar(&s.databases, "databases", "Samples,My DB", "without a seed, the `names` of the databases, separated by commas")
	flags.StringVar(&s.dir, "dir", "", "the `folder` for ca.pem (default: a temporary folder)")
	flags.StringVar(&s.envFile, "env-file", "", "a `file` to write the variables to as exports, when the emulator is ready")
	flags.StringVar(&s.faults, "faults", "", "a fault `plan`, such as 429=0.3,cut-after=0.1,late=0.2,retry-after=1s. The names are\n"+strings.Join(kusto.FaultNames(), ", "))
	flags.StringVar(&s.behaviour, "behaviour", "", "the behaviour of the clusters: a `name` ("+strings.Join(kusto.BehaviourNames(), ", ")+") or a file in JSON")
	flags.DurationVar(&s.latency, "latency", 0, "the `time` that each command of Kusto takes, such as 50ms")
	flags.DurationVar(&s.lifetime, "token-lifetime", time.Hour, "the `time` for which access tokens are valid")
	flags.BoolVar(&s.uncompressed, "uncompressed", false, "do not compress answers, for benchmarks")
	flags.BoolVar(&s.quiet, "quiet", false, "print only the exports")
	flags.BoolVar(&s.verbose, "verbose", false, "with a command, print a line to standard error for each command that Kusto gets")
	flags.BoolVar(&s.forOthers, "for-others", false, "with -listen on an address of a network and -pass-through, let the requests of other machines through, too")
	flags.BoolVar(&s.version, "version", false, "print the version")
	return flags
}

// isLoopback reports whether nobody else reaches an address. Without one it is on loopback.
func isLoopback(address string) bool {
	if address == "" {
		return true
	}
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// parse reads the arguments. For -h it prints the help.
func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	if at := slices.Index(args, "--"); at >= 0 {
		s.command, args = args[at+1:], args[:at]
	}
	flags := flagSet(&s)
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(out)
		_, _ = io.WriteString(out, usage) // nobody reads it
		flags.PrintDefaults()
		return s, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case err != nil:
		return s, fmt.Errorf("%w; kusto-emulator -h lists the flags", err)
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q; a command stands after --", flags.Arg(0))
	case s.command != nil && len(s.command) == 0:
		return s, errors.New("no command after --")
	case s.passThrough && !s.forOthers && !isLoopback(s.listen):
		return s, fmt.Errorf("with -listen %s and -pass-through, every machine that reaches this one could use it as a proxy; if that is intended, add -for-others", s.listen)
	case s.seed != "" && (given["cluster"] || given["databases"]):
		return s, errors.New("with -seed, clusters and databases are those of the file: leave -cluster and -databases out")
	}
	if s.listen == "" && s.command == nil {
		s.listen = "127.0.0.1:18443"
	}
	return s, nil
}
