// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// printStart prints the exports and, unless quiet, what is served. It then makes
// the clusters print a line per command.
func printStart(out io.Writer, s settings, e *running) error {
	if _, err := io.WriteString(out, e.exports()); err != nil {
		return err
	}
	if s.quiet {
		return nil
	}
	if err := printServed(out, s, e); err != nil {
		return err
	}
	e.printCommands(out)
	return nil
}

// printCommands prints a line for each command that a cluster gets.
func (e *running) printCommands(out io.Writer) {
	printer := &linePrinter{out: out}
	for _, cluster := range e.Clusters() {
		cluster.Observe(printer.print)
	}
}

// printGrants prints what is granted, if the flags say so.
func (e *running) printGrants(s settings, out io.Writer) error {
	if !s.printGrants {
		return nil
	}
	_, err := out.Write(e.GrantsJSON())
	return err
}

func printServed(out io.Writer, s settings, e *running) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w)
	for _, cluster := range e.Clusters() {
		fmt.Fprintf(w, "cluster\t%s\n", cluster.URI())
		if s.seed != "" {
			printDatabases(w, cluster)
		}
	}
	if s.seed == "" {
		fmt.Fprintf(w, "databases\t%s\n", s.databases)
		fmt.Fprintf(w, "entities\ttables StormEvents, Night Admin; external table Archive; materialized view DailyCounts; function TopStates; graph model Network\n")
	}
	hosts := e.Hosts()
	slices.Sort(hosts)
	fmt.Fprintf(w, "hosts\t%s\n", strings.Join(hosts, " "))
	printPrincipals(w, e.Directory().Principals())
	next := "copy the export lines above"
	if s.envFile != "" {
		next = ". " + s.envFile
	}
	fmt.Fprintf(w, "\nNext, in another terminal: %s, then terraform init and terraform apply\n", next)
	fmt.Fprintln(w, "\nCommands (Ctrl-C to stop):")
	return w.Flush()
}

// printPrincipals prints with what each principal signs in, too: nobody but the emulator
// accepts it.
func printPrincipals(out io.Writer, principals []*entra.Principal) {
	fmt.Fprintf(out, "\nprincipal\tname\tresolved\tpassword or secret\n")
	for _, p := range principals {
		secret := strings.Join(append([]string{p.Password}, p.Secrets...), " ")
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", p.DisplayName, cmp.Or(p.UPN, p.Mail), p.FQN(), strings.TrimSpace(secret))
	}
}

// printDatabases prints the databases of a cluster with the entities in them.
func printDatabases(out io.Writer, cluster *kusto.Cluster) {
	entities := map[string][]string{}
	var databases []string
	for _, s := range cluster.Securables() {
		if s.Entity == "" {
			databases = append(databases, s.Database)
			continue
		}
		entities[s.Database] = append(entities[s.Database], s.Kind+" "+s.Entity)
	}
	for _, name := range databases {
		fmt.Fprintf(out, "database\t%s\t%s\n", name, strings.Join(entities[name], ", "))
	}
}

// linePrinter prints one line at a time. It is safe for concurrent use.
type linePrinter struct {
	mu  sync.Mutex
	out io.Writer
}

// maxShown is the largest number of characters of a command in its line.
const maxShown = 160

func (p *linePrinter) print(c kusto.Command) {
	status := strconv.Itoa(c.Status)
	if c.Status == 0 {
		status = "cut"
	}
	if c.Fault != "" {
		status += " (" + c.Fault + ")"
	}
	text := []rune(c.Text)
	if len(text) > maxShown {
		text = append(text[:maxShown], '…')
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// The emulator goes on when the terminal is closed.
	_, _ = fmt.Fprintf(p.out, "%s  %-16s %q  %s\n", c.Time.Format("15:04:05.000"), status, c.Database, string(text))
	if c.Refusal != "" {
		_, _ = fmt.Fprintln(p.out, "             ", c.Refusal)
	}
}

// printMissing prints who is not in Entra ID, once. To the provider it is a new principal,
// which it waits for, and a CLI prints nothing of it until then.
func (e *running) printMissing(out io.Writer) {
	var printed sync.Map
	for _, cluster := range e.Clusters() {
		cluster.Observe(func(c kusto.Command) {
			if !strings.Contains(c.Refusal, "could not be retrieved from AAD") {
				return
			}
			if _, again := printed.LoadOrStore(c.Refusal, true); !again {
				_, _ = fmt.Fprintf(out, "kusto-emulator: %s. Is it in the seed?\n", strings.TrimSuffix(c.Refusal, "."))
			}
		})
	}
}
