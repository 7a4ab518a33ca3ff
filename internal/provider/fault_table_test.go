// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/sync/errgroup"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"

	product "github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

var showFaultTable = flag.Bool("faulttable", false, "print the table of TestFaultTable")

// The waits of the table, which are those of a run divided by some hundreds. A write may
// take as long as its try, and Finish besides.
var (
	tableRetry = mgmt.RetryOptions{
		Initial: 40 * time.Millisecond, Max: 300 * time.Millisecond, Finish: 300 * time.Millisecond,
		Unreachable: 1500 * time.Millisecond, Unresolved: time.Second, Attempt: 1200 * time.Millisecond, Write: 2 * time.Second,
	}
	tableWaits = product.Waits{
		PropagationInitial: 50 * time.Millisecond, PropagationMax: 300 * time.Millisecond, Quiet: 100 * time.Millisecond,
		Prerequisite: time.Second, Lookup: 500 * time.Millisecond,
	}
)

const (
	waitedTimeout = 3 * time.Second
	// soonTimeout is that of a resource whose command fails for good: nobody waits for it.
	soonTimeout = 2 * time.Minute
	// soon is when such a failure has to be reported, and busy what a busy machine needs.
	soon, busy = 20 * time.Second, 8 * time.Second
)

// unresolved are the summaries of what follows from a look-up without an answer.
var unresolved = []string{"Ambiguous principal", "Principals keep the role viewers"}

const unreadable = "<html><title>Sign in to the gateway</title></html>"

// tableFault is a column of the table.
type tableFault struct {
	kind    kusto.FaultKind
	timeout time.Duration
	says    string // in the first error, one of several: "this|that"
	never   string
}

// slow is said on a busy machine, where a try may end by its own limit.
const slow = "|not answer|timed out|no usable answer came"

var tableFaults = []tableFault{
	{kusto.Unavailable, waitedTimeout, "HTTP 503" + slow, "network"},
	{silence, waitedTimeout, slow[1:], "network"},
	{kusto.Truncate, waitedTimeout, "cut short|EOF" + slow, ""},
	{kusto.CutBefore, waitedTimeout, "connection" + slow, ""},
	{kusto.Custom, soonTimeout, "<html><title>Sign in to the gateway", "network"},
	{kusto.Forbidden, soonTimeout, "Not authorized|HTTP 403", "network"},
}

// fits reports whether the emulator can fail a request in this way.
func (f tableFault) fits(command string) bool {
	switch command {
	case tokenRequest:
		return f.kind == kusto.Unavailable || f.kind == silence || f.kind == kusto.Forbidden
	case metadataRequest:
		return f.kind == kusto.Unavailable || f.kind == silence || f.kind == kusto.Custom || f.kind == kusto.CutBefore
	}
	isWrite := !strings.HasPrefix(command, ".show")
	return isWrite || f.kind != kusto.CutBefore // nothing else than a 503 for a read
}

// faultScenario is a resource's life.
type faultScenario struct {
	name      string
	behaviour kusto.Behaviour
	setUp     func(*testCluster)
	configs   []string
}

var faultScenarios = []faultScenario{
	{name: "member by UPN", setUp: func(*testCluster) {}, configs: []string{
		viewer("it", "aaduser=alice@contoso.com", "# more"),
		strings.Replace(viewer("it", "aaduser=alice@contoso.com", "# more"), "viewers", "users", 1),
	}},
	{name: "member of another tenant", behaviour: kusto.Behaviour{AddKeepsNotes: true}, setUp: func(s *testCluster) {
		s.Grant(database("Samples"), "viewers", who("frank@fabrikam.com"), "")
	}, configs: []string{
		viewer("it", "aaduser=erin@fabrikam.com", "notes = \"one\"\n # more"),
		viewer("it", "aaduser=erin@fabrikam.com", "notes = \"two\"\n # more"),
	}},
	{name: "admin of a table", setUp: func(s *testCluster) { s.Database("Samples").AddTable("T") }, configs: []string{
		adminOfT("aaduser=alice@contoso.com"), adminOfT("aaduser=bob@contoso.com"),
	}},
	{name: "list of viewers", setUp: func(s *testCluster) {
		s.Grant(database("Samples"), "viewers", who("frank@fabrikam.com"), "")
		s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "")
	}, configs: []string{
		viewers("it", "# more", "aaduser=alice@contoso.com", "aaduser=erin@fabrikam.com"),
		viewers("it", "# more", "aaduser=alice@contoso.com", "aadgroup=Data Readers;contoso.com"),
	}},
}

func adminOfT(fqn string) string {
	return fmt.Sprintf("resource \"kusto_table_principal\" \"it\" {\n database_name = \"Samples\"\n table_name = \"T\"\n role = \"admins\"\n principal_fqn = %q\n # more\n}\n", fqn)
}

var tableSchema = sync.OnceValue(func() *tfprotov6.GetProviderSchemaResponse {
	schema, err := NewServer("test")().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		panic(err)
	}
	return schema
})

// faultCell is a cell of the table: one command of one run fails for ever, from its nth time on.
type faultCell struct {
	scenario *recordedScenario
	run      int
	command  string
	nth      int
	fault    tableFault
	outcome  string
	failed   error // beside the other cells
}

// recordedScenario is a scenario with what it does without faults.
type recordedScenario struct {
	faultScenario
	held    [][]string // by the cluster, after each run
	reports [][]string // the summaries of the warnings of each run
	cells   []*faultCell
}

func recordScenario(t *testing.T, s faultScenario) *recordedScenario {
	t.Helper()
	r := &recordedScenario{faultScenario: s}
	l := newFaultLife(t, s)
	for run := range s.runs() {
		if err := l.run(run, nil); err != nil {
			t.Fatalf("%s without faults: %v", s.runs()[run], err)
		}
		r.held, r.reports = append(r.held, l.s.held()), append(r.reports, l.summaries())
		for i, command := range l.sent {
			for _, fault := range tableFaults {
				if fault.fits(command) {
					r.cells = append(r.cells, &faultCell{scenario: r, run: run, command: command, nth: count(l.sent[:i+1], command), fault: fault})
				}
			}
		}
	}
	return r
}

// TestFaultTable fails each command of each run in each way, and checks when and how the user
// gets a report, that no success is reported which is none, and that the next apply puts it right.
// Its cells wait rather than work, so they run all at once, whatever -parallel says. On a busy
// machine some of them run out of their time, which is a tenth of a real one at most. So a cell
// that fails has to fail alone, too.
func TestFaultTable(t *testing.T) { //nolint:tparallel // see above
	t.Parallel()
	var scenarios []*recordedScenario
	for _, s := range faultScenarios {
		scenarios = append(scenarios, recordScenario(t, s))
	}
	var cells errgroup.Group
	cells.SetLimit(32)
	for _, s := range scenarios {
		for i, c := range s.cells {
			if testing.Short() && i%20 != 0 {
				continue
			}
			cells.Go(func() error {
				t.Run(c.name(), func(t *testing.T) { c.failed = c.check(t) })
				return nil
			})
		}
	}
	_ = cells.Wait() // no cell returns an error
	for _, s := range scenarios {
		for _, c := range s.cells {
			if c.failed == nil {
				continue
			}
			t.Run(c.name()+" alone", func(t *testing.T) {
				t.Logf("beside the other cells: %v", c.failed)
				if err := c.check(t); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if *showFaultTable {
		t.Log("\n" + tableOf(scenarios))
	}
}

func (c *faultCell) name() string {
	return fmt.Sprintf("%s/%s/%s/%d/%s", c.scenario.name, c.scenario.runs()[c.run], c.command, c.nth, c.fault.kind)
}

// check fails the command, and returns what is wrong then.
func (c *faultCell) check(t *testing.T) error {
	t.Helper()
	l := newFaultLife(t, c.scenario.faultScenario)
	before, failed, err := c.fail(l)
	switch {
	case err != nil:
		return err
	case !l.hit:
		return fmt.Errorf("the command was not sent: %q", l.sent)
	}
	c.outcome = c.result(l)
	err = c.checkResult(l, before, failed)
	if err == nil {
		err = c.checkRecovery(l)
	}
	if err != nil {
		err = fmt.Errorf("%w\nafter: %s\ntold: %q", err, fmt.Sprint(failed), l.summaries())
		c.outcome += "; **they disagree**"
	}
	return errors.Join(c.checkTold(l), err)
}

// fail makes the runs of a life up to that which is to fail, and returns its error and what the
// cluster held before it. Err is that of a run before.
func (c *faultCell) fail(l *faultLife) (before []string, failed, err error) {
	for run := range c.run {
		if err := l.run(run, nil); err != nil {
			return nil, nil, fmt.Errorf("%s before the fault: %w", c.scenario.runs()[run], err)
		}
	}
	before = l.s.held()
	return before, l.run(c.run, c), nil
}

// firstReport is the first error of the run, or its first warning, that there is not without the
// fault.
func (c *faultCell) firstReport(l *faultLife) (in report, first *tfprotov6.Diagnostic) {
	for _, o := range l.reports {
		for _, d := range o.diags {
			isNew := !slices.Contains(c.scenario.reports[c.run], d.Summary)
			if isNew && (first == nil || d.Severity == tfprotov6.DiagnosticSeverityError && first.Severity != d.Severity) {
				in, first = o, d
			}
		}
	}
	return in, first
}

// result says when the user got a report, and which.
func (c *faultCell) result(l *faultLife) string {
	in, d := c.firstReport(l)
	if d == nil {
		took := time.Duration(0)
		for _, o := range l.reports {
			took = max(took, o.took)
		}
		return c.inTimeouts(took) + ": nothing, as without the fault"
	}
	return c.inTimeouts(in.took) + ": " + strings.ToLower(d.Severity.String()) + ", " + d.Summary
}

func (c *faultCell) inTimeouts(d time.Duration) string {
	if c.fault.timeout == soonTimeout || d < c.fault.timeout/10 {
		return "at once"
	}
	return fmt.Sprintf("%.1f T", float64(d)/float64(c.fault.timeout))
}

// checkTold checks how long an operation took, and the words.
func (c *faultCell) checkTold(l *faultLife) error {
	var wrong []error
	wrongIf := func(is bool, format string, args ...any) {
		if is {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	limit := c.fault.timeout + tableRetry.Finish + busy
	if c.fault.timeout == soonTimeout {
		limit = soon
	}
	for _, o := range l.reports {
		wrongIf(o.took > limit, "the %s took %s, more than %s", o.operation, o.took, limit)
	}
	in, d := c.firstReport(l)
	if d == nil || slices.Contains(unresolved, d.Summary) {
		return errors.Join(wrong...)
	}
	text := d.Summary + "\n" + d.Detail
	says := func(word string) bool { return strings.Contains(text, word) }
	isSignIn := c.command == tokenRequest
	wrongIf(!isSignIn && !slices.ContainsFunc(strings.Split(c.fault.says, "|"), says), "it does not say %q:\n%s", c.fault.says, text)
	wrongIf(!isSignIn && c.fault.never != "" && says(c.fault.never), "it says %q:\n%s", c.fault.never, text)
	wrongIf((in.operation != "apply" || !c.writes()) && says("may have taken effect"), "nothing was written, and it may have taken effect:\n%s", text)
	return errors.Join(wrong...)
}

// writes reports whether the command changes something.
func (c *faultCell) writes() bool {
	return strings.HasPrefix(c.command, ".") && !strings.HasPrefix(c.command, ".show")
}

// checkResult checks that a success is one, and carries out a plan that did not fail.
func (c *faultCell) checkResult(l *faultLife, before []string, failed error) error {
	switch {
	case isPlan(c.run):
		if err := same("after the plan, the cluster", l.s.held(), before); err != nil || failed != nil {
			return err
		}
		if err := l.run(c.run+1, nil); err != nil {
			return fmt.Errorf("the apply of the plan: %w", err)
		}
	case failed == nil:
		err := same("after a success, the cluster", l.s.held(), c.scenario.held[c.run])
		if _, d := c.firstReport(l); d == nil { // otherwise a warning says what was not done
			return err
		}
	}
	return nil
}

// checkRecovery checks that an apply without faults makes what was wanted, and that nothing
// is left of it after a destroy.
func (c *faultCell) checkRecovery(l *faultLife) error {
	if err := l.apply(c.run); err != nil {
		return fmt.Errorf("the next apply: %w", err)
	}
	if err := same("after the next apply, the cluster", l.s.held(), c.scenario.held[c.run|1]); err != nil {
		return err
	}
	if err := l.run(c.run-c.run%2, nil); err != nil {
		return fmt.Errorf("the next plan: %w", err)
	}
	last := len(c.scenario.held) - 1
	if err := cmp.Or(empty(l.changes), l.apply(last)); err != nil {
		return err
	}
	if len(l.core.state) > 0 {
		return errors.New("the destroy leaves something in the state")
	}
	return same("after the destroy, the cluster", l.s.held(), c.scenario.held[last])
}

var guid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// tableOf is the table in Markdown. T is the resource's timeout.
func tableOf(scenarios []*recordedScenario) string {
	var b strings.Builder
	b.WriteString("| run | command |")
	for _, f := range tableFaults {
		fmt.Fprintf(&b, " %s |", f.kind)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(tableFaults)) + "\n")
	for _, s := range scenarios {
		fmt.Fprintf(&b, "| **%s** |\n", s.name)
		for i := 0; i < len(s.cells); {
			first := s.cells[i]
			fmt.Fprintf(&b, "| %s | `%s` |", s.runs()[first.run], guid.ReplaceAllString(first.command, "…"))
			for _, f := range tableFaults {
				outcome := "–"
				if i < len(s.cells) && s.cells[i].fault == f && s.cells[i].command == first.command {
					outcome = s.cells[i].outcome
					i++
				}
				fmt.Fprintf(&b, " %s |", outcome)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
