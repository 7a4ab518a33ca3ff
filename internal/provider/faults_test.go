// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/proxy"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

var updateGuide = flag.Bool("update", false, "write the table of faults into the guide")

// share is how many of a cluster's commands meet the fault.
const share = 0.3

// faultCase is one thing that goes wrong while 40 grants come and go. Its words
// stand in the guide.
type faultCase struct {
	name, service, provider string
	plan                    kusto.FaultPlan
	behaviour               kusto.Behaviour
	// intercept makes a command fail, nil for the plan alone.
	intercept func() func(kusto.Command) *kusto.Fault
	// token answers the nth sign-in, from 1; nil to answer all normally.
	token func(n int) entra.TokenAnswer
	// met counts how often it went wrong, nil for how many commands did; a run in
	// which that is less than least, 3 where it is 0, shows nothing.
	met   func(*testCluster) int
	least int
}

var faultCases = []faultCase{
	{name: "429", service: "is at capacity and does not run the command", provider: "retries with increasing pauses",
		plan: kusto.FaultPlan{Throttle: share}},
	{name: "429 with `Retry-After`", service: "is at capacity and sends `Retry-After`", provider: "waits at least that long",
		plan: kusto.FaultPlan{Throttle: share, RetryAfter: time.Second, MaxPerCommand: 2}},
	{name: "503", service: "is temporarily unavailable and does not run the command", provider: "retries the command",
		plan: kusto.FaultPlan{Unavailable: share}},
	{name: "504", service: "may or may not have run the command", provider: "retries the command, which is safe",
		plan: kusto.FaultPlan{GatewayTimeout: share}},
	{name: "520", service: "may or may not have run the command", provider: "retries the command, which is safe",
		plan: kusto.FaultPlan{Status520: share}},
	{name: "connection cut before", service: "closes the connection and does not run the command", provider: "retries the command",
		plan: kusto.FaultPlan{CutBefore: share}},
	{name: "connection cut after", service: "runs the command, then closes the connection", provider: "retries the command; dropping an absent grant is a success",
		plan: kusto.FaultPlan{CutAfter: share}},
	{name: "connection cut after, strict drop", service: "runs the command, closes the connection, and reports an error for the next drop", provider: "lists the principals to confirm that the grant is gone",
		plan: kusto.FaultPlan{CutAfter: share}, behaviour: kusto.Behaviour{DropAbsentIsError: true}},
	{name: "answer cut short", service: "runs the command and sends half of the answer", provider: "retries the command",
		plan: kusto.FaultPlan{Truncate: share}},
	{name: "`Exceptions` in a 200", service: "answers with status 200 and reports the failure beside the tables or in a row", provider: "treats the answer as a failure and retries the command",
		plan: kusto.FaultPlan{Partial: share}},
	{name: "not a list", service: "answers the first try of each command with status 200 and a table that is not a list of principals", provider: "does not take it for an empty list, and sends the command again, up to twice",
		intercept: firstTries(1, kusto.Fault{
			Kind: kusto.Custom, Status: http.StatusOK,
			Body: `{"Tables":[{"TableName":"T","Columns":[{"ColumnName":"Message","ColumnType":"string"}],"Rows":[]}]}`,
		})},
	{name: "large commands time out", service: "finishes commands with up to 4 principals in time, and answers all others with 504", provider: "sends the principals again in halves",
		intercept: timeOutAbove(4), least: 2},
	{name: "401", service: "refuses a valid token", provider: "gets a new token, up to three times per command",
		intercept: firstTries(3, kusto.Fault{Kind: kusto.Unauthorized})},
	{name: "slow", service: "answers slowly", provider: "waits, and sends the grants that arrive in the meantime in one command",
		plan: kusto.FaultPlan{Slow: share, SlowBy: 100 * time.Millisecond}},
	{name: "late principal", service: "does not find new principals in Entra ID yet (30 % of the principals)", provider: "grants the role to the others at once and retries these",
		plan: kusto.FaultPlan{Late: share, LateLookups: 3}, met: lateAnswers},
	{name: "sign-in throttled", service: "Entra ID answers every second token request with 429", provider: "retries after a pause",
		token: everyOther(429), met: refusedTokens},
	{name: "sign-in fails", service: "Entra ID answers every second token request with 503", provider: "retries after a pause",
		token: everyOther(503), met: refusedTokens},
	{name: "metadata fail", service: "answers the first five requests for its sign-in metadata with 503", provider: "retries with increasing pauses",
		plan: kusto.FaultPlan{MetadataFailures: 5}, met: failedMetadata},
	{name: "short-lived tokens", service: "Entra ID issues tokens that are valid for two seconds, and every command takes one", provider: "gets a new token before the old one expires",
		plan:  kusto.FaultPlan{Slow: 1, SlowBy: 1100 * time.Millisecond},
		token: func(int) entra.TokenAnswer { return entra.TokenAnswer{Lifetime: 2 * time.Second} }, met: grantedTokens, least: 8},
	{name: "all at once", service: "has all of the faults above, each for 3 % of the commands, and 30 % of the principals are late", provider: "does all of the above",
		plan: kusto.FaultPlan{
			Throttle: 0.03, Unavailable: 0.03, GatewayTimeout: 0.03, Status520: 0.03, CutBefore: 0.03, CutAfter: 0.03, Truncate: 0.03,
			Slow: 0.03, SlowBy: 100 * time.Millisecond, Unauthorized: 0.03, Partial: 0.03, Late: share, LateLookups: 2,
			MetadataFailures: 2, MaxPerCommand: 3,
		},
		behaviour: kusto.Behaviour{DropAbsentIsError: true}, token: everyOther(503)},
}

// firstTries lets the first tries of each command fail, whoever sends it. A share of them would
// not do for a fault that is met a few times only: callers who send the same one at once take
// each other's successes.
func firstTries(n int, fault kusto.Fault) func() func(kusto.Command) *kusto.Fault {
	return func() func(kusto.Command) *kusto.Fault {
		var mu sync.Mutex
		tried := make(map[string]int)
		return func(c kusto.Command) *kusto.Fault {
			mu.Lock()
			defer mu.Unlock()
			if tried[c.Text]++; tried[c.Text] > n {
				return nil
			}
			return &fault
		}
	}
}

// timeOutAbove lets commands with more principals time out at the gateway.
func timeOutAbove(most int) func() func(kusto.Command) *kusto.Fault {
	return func() func(kusto.Command) *kusto.Fault {
		return func(c kusto.Command) *kusto.Fault {
			if len(c.Principals) <= most {
				return nil
			}
			return &kusto.Fault{Kind: kusto.Custom, Status: http.StatusGatewayTimeout, Body: "<html>Gateway Timeout</html>"}
		}
	}
}

// everyOther refuses the first of two sign-ins.
func everyOther(status int) func(int) entra.TokenAnswer {
	return func(n int) entra.TokenAnswer {
		if n%2 == 1 {
			return entra.TokenAnswer{Status: status}
		}
		return entra.TokenAnswer{}
	}
}

func TestFaults_oneApplyConverges(t *testing.T) { //nolint:tparallel // the group in the middle waits for its parallel cases
	t.Parallel()
	if testing.Short() {
		t.Skip("takes most of a minute, which the provider spends on waiting: leave out -short")
	}
	var results faultResults
	t.Run("under", func(t *testing.T) {
		for i, c := range faultCases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				results.keep(c.name, c.run(t, int64(i)))
			})
		}
	})
	if results.complete() {
		results.compare(t, filepath.Join("..", "..", "DESIGN.md"))
	}
}

// run applies, plans and destroys 40 grants under the fault, and says what held.
func (c faultCase) run(t *testing.T, seed int64) (r faultResult) {
	t.Helper()
	s := newTestClusterAs(t, fake.Directory().AddApp(entra.ContosoTenantID, "deployer under faults"))
	s.AddDatabase("My DB")
	s.AddDatabase("Telemetry")
	s.SetBehaviour(c.behaviour)
	hcl, want := fortyGrants(s.provider)
	c.plan.Seed = seed
	s.SetFaults(c.plan)
	if c.intercept != nil {
		s.Intercept(c.intercept())
	}
	c.interceptTokens(s.deployer)
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: hcl, Check: func(state *terraform.State) error {
				r.converged = true
				err := s.holds(want...)(state)
				r.exact = err == nil
				return err
			}},
		},
		CheckDestroy: func(state *terraform.State) error {
			r.planEmpty = !t.Failed() // the step ended with two plans that had to be
			err := s.holds()(state)
			r.destroyed = err == nil
			return err
		},
	})
	met := c.met
	if met == nil {
		met = faultyCommands
	}
	if n, least := met(s), cmp.Or(c.least, 3); n < least {
		t.Errorf("it went wrong %d times in %d commands; less than %d show nothing", n, len(s.Commands()), least)
	}
	return r
}

func (c faultCase) interceptTokens(app *entra.Principal) {
	if c.token == nil {
		return
	}
	var asked atomic.Int64
	fake.InterceptTokens(app.AppID, func() entra.TokenAnswer { return c.token(int(asked.Add(1))) })
}

func faultyCommands(s *testCluster) int {
	n := 0
	for _, c := range s.Commands() {
		if c.Fault != "" {
			n++
		}
	}
	return n
}

func lateAnswers(s *testCluster) int {
	n := 0
	for _, c := range s.Commands() {
		if c.Status == 400 {
			n++
		}
	}
	return n
}

func failedMetadata(s *testCluster) int {
	return s.requests(func(q proxy.Request) bool {
		return q.Host == s.Host() && q.Method == http.MethodGet && q.Status == 503
	})
}

func refusedTokens(s *testCluster) int {
	return s.requests(func(q proxy.Request) bool { return s.isSignIn(q) && q.Status >= 400 })
}

func grantedTokens(s *testCluster) int {
	return s.requests(func(q proxy.Request) bool { return s.isSignIn(q) && q.Status == 200 })
}

func (s *testCluster) isSignIn(q proxy.Request) bool {
	return q.Method == http.MethodPost && strings.Contains(string(q.Body), s.deployer.AppID)
}

func (s *testCluster) requests(match func(proxy.Request) bool) int {
	n := 0
	for _, q := range fake.Requests() {
		if match(q) {
			n++
		}
	}
	return n
}

// manyPrincipals are the principals of 40 grants, in several forms.
var manyPrincipals = sync.OnceValue(func() (all []struct{ written, fqn string }) {
	for i := range 40 {
		p := fake.Directory().AddApp(entra.ContosoTenantID, fmt.Sprintf("service %02d", i))
		written := p.FQN()
		switch i % 4 {
		case 1:
			p = fake.Directory().AddUser(entra.ContosoTenantID, fmt.Sprintf("user%02d@contoso.com", i), fmt.Sprintf("User %02d", i))
			written = "aaduser=" + p.UPN
		case 2:
			p = fake.Directory().AddGroup(entra.ContosoTenantID, fmt.Sprintf("Group %02d", i), "")
			written = "aadgroup=" + p.DisplayName + ";contoso.com"
		case 3:
			written = "aadapp=" + p.DisplayName + ";contoso.com"
		}
		all = append(all, struct{ written, fqn string }{written, p.FQN()})
	}
	return all
})

// fortyGrants is a configuration of 30 members, every other with notes of its
// own and so with a command of its own, and of a role with 10; and what it makes.
func fortyGrants(provider string) (hcl string, want []string) {
	databases, roles := []string{"Samples", "My DB", "Telemetry"}, []string{"users", "ingestors", "viewers", "monitors"}
	var members, listed strings.Builder
	for i, p := range manyPrincipals() {
		if i >= 30 {
			fmt.Fprintf(&listed, "    %q,\n", p.written)
			want = append(want, line(database("Telemetry"), "unrestrictedviewers", p.fqn, ""))
			continue
		}
		in, role, notes := databases[i%3], roles[i/3%4], ""
		if i%2 == 1 {
			notes = fmt.Sprintf("ticket %d", 4000+i)
		}
		fmt.Fprintf(&members, "    { principal = %q, database = %q, role = %q, notes = %q },\n", p.written, in, role, notes)
		want = append(want, line(database(in), role, p.fqn, notes))
	}
	// by count: the shims of terraform-plugin-testing know no for_each
	return provider + fmt.Sprintf(`
locals {
  grants = [
%s  ]
}
resource "kusto_database_principal" "it" {
  count         = length(local.grants)
  database_name = local.grants[count.index].database
  role          = local.grants[count.index].role
  principal_fqn = local.grants[count.index].principal
  notes         = local.grants[count.index].notes == "" ? null : local.grants[count.index].notes
}
resource "kusto_database_role" "it" {
  database_name = "Telemetry"
  role          = "unrestrictedviewers"
  principals    = [
%s  ]
}
`, members.String(), listed.String()), want
}

// faultResult is what held under one fault.
type faultResult struct{ converged, exact, planEmpty, destroyed bool }

type faultResults struct {
	mu    sync.Mutex
	cases map[string]faultResult
}

func (r *faultResults) keep(name string, result faultResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cases == nil {
		r.cases = map[string]faultResult{}
	}
	r.cases[name] = result
}

// complete reports whether every case was run, and not only those that -run chose.
func (r *faultResults) complete() bool { return len(r.cases) == len(faultCases) }

// table is the guide's, in Markdown.
func (r *faultResults) table() string {
	var b strings.Builder
	b.WriteString("| fault | the service | the provider | one apply converges | the next plan is empty | the service holds exactly that | destroy leaves nothing |\n")
	b.WriteString("|---|---|---|---|---|---|---|\n")
	word := map[bool]string{true: "yes", false: "**no**"}
	for _, c := range faultCases {
		k := r.cases[c.name]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", c.name, c.service, c.provider, word[k.converged], word[k.planEmpty], word[k.exact], word[k.destroyed])
	}
	return b.String()
}

// compare holds the guide to the results, or writes them there.
func (r *faultResults) compare(t *testing.T, path string) {
	t.Helper()
	const begin, end = "<!-- table: begin -->\n", "<!-- table: end -->\n"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), begin)
	table, after, closed := strings.Cut(rest, end)
	switch {
	case !found || !closed:
		t.Fatalf("%s has no place for the table: %q and %q", path, begin, end)
	case table == r.table():
	case !*updateGuide:
		t.Errorf("%s tells another story; write the table with go test ./internal/provider -run %s -update", path, t.Name())
	default:
		if err := os.WriteFile(path, []byte(before+begin+r.table()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLog_showsByDefaultThatAPrincipalIsWaitedFor(t *testing.T) {
	t.Parallel()
	for reason, want := range map[mgmt.Reason]string{mgmt.ErrPrincipalNotFound: "info", mgmt.ErrThrottled: "debug"} {
		var log bytes.Buffer
		logPause(tflogtest.RootLogger(t.Context(), &log), mgmt.Event{
			Command: ".add", Database: "Samples", Pause: 5 * time.Second,
			Err: &mgmt.Error{Reason: reason, Message: "Entity ID 'x' was not found", Tries: 2},
		})
		lines, err := tflogtest.MultilineJSONDecode(&log)
		if err != nil || len(lines) != 1 || lines[0]["@level"] != want || lines[0]["reason"] != "Entity ID 'x' was not found" || lines[0]["pause"] != "5s" {
			t.Errorf("%v, %v; want the level %s", lines, err, want)
		}
	}
}
