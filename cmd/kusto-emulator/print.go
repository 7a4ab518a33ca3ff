package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// printStart prints the exports and, unless quiet, what is served. It then makes
// the cluster print a line per command.
func printStart(out io.Writer, s settings, e *emulator.Emulator, cluster *emulator.Cluster, caFile string) error {
	exports := exportsOf(e, cluster, caFile)
	if _, err := io.WriteString(out, exports); err != nil {
		return err
	}
	if !s.quiet {
		if err := printServed(out, s, e, cluster); err != nil {
			return err
		}
		printer := &linePrinter{out: out}
		cluster.Observe(printer.print)
	}
	if s.envFile == "" {
		return nil
	}
	return writeAtomically(s.envFile, exports)
}

// writeAtomically writes a file, so that a script that waits for it finds it complete.
func writeAtomically(path, text string) error {
	if err := os.WriteFile(path+".part", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// exportsOf returns the environment variables as shell commands.
func exportsOf(e *emulator.Emulator, cluster *emulator.Cluster, caFile string) string {
	var lines strings.Builder
	variables := append(e.Environ(caFile),
		"KUSTO_CLUSTER_URI="+cluster.URI(),
		"ARM_TENANT_ID="+emulator.ContosoTenantID,
		"ARM_CLIENT_ID="+emulator.CIDeployerAppID,
		"ARM_CLIENT_SECRET="+emulator.CIDeployerSecret,
	)
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(&lines, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	return lines.String()
}

func printServed(out io.Writer, s settings, e *emulator.Emulator, cluster *emulator.Cluster) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\ncluster\t%s\n", cluster.URI())
	fmt.Fprintf(w, "databases\t%s\n", s.databases)
	fmt.Fprintf(w, "entities\ttables StormEvents, Night Admin; external table Archive; materialized view DailyCounts; function TopStates; graph model Network\n")
	hosts := e.Hosts()
	slices.Sort(hosts)
	fmt.Fprintf(w, "hosts\t%s\n", strings.Join(hosts, " "))
	fmt.Fprintf(w, "\nprincipal\tname\tresolved\n")
	for _, p := range e.Directory().Principals() {
		name := p.UPN
		if name == "" {
			name = p.Mail
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.DisplayName, name, p.FQN())
	}
	fmt.Fprintln(w, "\nCommands (Ctrl-C to stop):")
	return w.Flush()
}

// linePrinter prints one line at a time. It is safe for concurrent use.
type linePrinter struct {
	mu  sync.Mutex
	out io.Writer
}

// maxShown is the largest number of characters of a command in its line.
const maxShown = 160

func (p *linePrinter) print(c emulator.Command) {
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
}
