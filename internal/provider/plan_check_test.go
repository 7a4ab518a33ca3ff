// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	kustoclient "github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// planAll plans the creation of all resources of a configuration at once, in one process of
// the provider, and returns what the plans report: "error database_name: summary: detail".
func planAll(t *testing.T, hcl string) []string {
	t.Helper()
	schema, err := NewServer("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	r := &coreRun{t: t, config: parseConfig(t, schema, hcl)}
	p, err := r.start()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var plans sync.WaitGroup
	var reports []string
	for _, w := range r.config.resources {
		plans.Go(func() {
			config, before := p.config(w), p.valueOf(w.typeName, nil)
			resp, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
				TypeName: w.typeName, PriorState: p.pack(w.typeName, before), Config: p.pack(w.typeName, config),
				ProposedNewState: p.pack(w.typeName, p.proposal(w.typeName, before, config)),
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			for _, d := range resp.Diagnostics {
				reports = append(reports, fmt.Sprintf("%s %s: %s: %s", strings.ToLower(d.Severity.String()), attributeOf(d), d.Summary, d.Detail))
			}
		})
	}
	plans.Wait()
	slices.Sort(reports)
	return reports
}

func attributeOf(d *tfprotov6.Diagnostic) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(d.Attribute.String(), "AttributeName("), `"`), `")`)
}

// viewersOf are members of viewers, each of its own resource.
func viewersOf(database string, principals ...string) string {
	var b strings.Builder
	for i, p := range principals {
		fmt.Fprintf(&b, "resource \"kusto_database_principal\" \"p%d\" {\n database_name = %q\n role = \"viewers\"\n principal_fqn = %q\n}\n", i, database, p)
	}
	return b.String()
}

func tableGrant(label, table, principal string) string {
	return fmt.Sprintf("resource \"kusto_table_principal\" %q {\n database_name = \"Samples\"\n table_name = %q\n role = \"admins\"\n principal_fqn = %q\n}\n", label, table, principal)
}

// newUsers are n names that nobody has.
func newUsers(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("aaduser=nobody-%d@contoso.com", i)
	}
	return names
}

func TestPlanCheck_reportsWhatIsMissing(t *testing.T) {
	t.Parallel()
	const alice, typo = "aaduser=alice@contoso.com", "aaduser=bobb@contoso.com"
	for name, c := range map[string]struct {
		prepare func(*testCluster)
		hcl     string
		want    [][]string // words of each report, in order
		lookups int
	}{
		"nothing": {hcl: viewersOf("Samples", alice, "aadapp=dashboard;contoso.com"), lookups: 2},
		"a database": {
			prepare: func(s *testCluster) { s.AddDatabase("Sandbox") },
			hcl:     viewersOf("Sandbxo", alice, typo) + strings.ReplaceAll(tableGrant("t", "T", alice), "Samples", "Sandbxo"),
			want: [][]string{{`warning database_name: No such database: `, "Could not read the principals of", "Kusto said (HTTP 400): Entity ID '[DB Sandbxo v?.?]'",
				`Did you mean "Sandbox"?`, "If it is created in the same apply, ignore this warning.", "Activity ID"}},
		},
		"a database that resembles none": {
			hcl:  viewersOf("Reports", alice),
			want: [][]string{{"warning database_name: No such database: ", "If it is created in the same apply"}},
		},
		"a table in another case": {
			prepare: func(s *testCluster) { s.Database("Samples").AddTable("StormEvents") },
			hcl:     tableGrant("a", "stormevents", alice) + tableGrant("b", "stormevents", "aaduser=bob@contoso.com"),
			want:    [][]string{{"warning table_name: No such table: ", "Kusto said", `Did you mean "StormEvents"?`, "case-sensitive"}},
			lookups: 2,
		},
		"a principal": {
			prepare: func(s *testCluster) {
				for _, on := range []kusto.Securable{database("Samples"), {Kind: "table", Database: "Samples", Entity: "T"}} {
					s.Database("Samples").AddTable("T")
					s.Grant(on, map[string]string{"table": "admins", "database": "users"}[on.Kind], who("bob@contoso.com"), "")
				}
			},
			hcl: viewersOf("Samples", typo, alice) + tableGrant("t", "T", typo),
			want: [][]string{{"warning principal_fqn: Principal not found in Microsoft Entra ID: ", "Could not look up aaduser=bobb@contoso.com.", "Kusto said (HTTP 400)", "bobb@contoso.com",
				`Did you mean "aaduser=bob@contoso.com"?`, "ignore this warning", "timeouts.create"}},
			lookups: 2,
		},
		"a principal of a role, and who holds it already": {
			prepare: func(s *testCluster) {
				s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "")
				s.Grant(database("Samples"), "viewers", who("alice@contoso.com"), "")
			},
			hcl:     viewers("it", "", alice, "aaduser=bob@contoso.com", "aaduser=zoe@fabrikam.example"),
			want:    [][]string{{"warning principals: Principal not found in Microsoft Entra ID: ", "zoe@fabrikam.example"}},
			lookups: 1,
		},
		"a principal that may not be looked up": {
			prepare: func(s *testCluster) { s.SetBehaviour(kusto.Behaviour{OthersRolesForbidden: true}) },
			hcl:     viewersOf("Samples", typo), lookups: 1,
		},
		"a name on two securables": {
			prepare: func(s *testCluster) { s.Database("Samples").AddTable("T") },
			hcl:     viewersOf("Samples", alice) + tableGrant("t", "T", alice), lookups: 1,
		},
		"the right to read the lists": {
			prepare: func(s *testCluster) {
				s.Intercept(func(c kusto.Command) *kusto.Fault {
					if strings.HasSuffix(c.Text, " principals") {
						return &kusto.Fault{Kind: kusto.Forbidden}
					}
					return nil
				})
			},
			hcl:  viewersOf("Samples", alice, typo),
			want: [][]string{{"warning database_name: Check skipped during plan: ", "Kusto said (HTTP 403)", "continues without this check"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			if c.prepare != nil {
				c.prepare(s)
			}
			wantReports(t, planAll(t, s.config(c.hcl)), c.want...)
			if got := s.lookups(); got != c.lookups {
				t.Errorf("%d names were looked up, want %d: %q", got, c.lookups, s.texts())
			}
		})
	}
}

// lookups are how many names were looked up.
func (s *testCluster) lookups() int {
	n := 0
	for _, text := range s.texts() {
		if strings.HasSuffix(text, " roles") {
			n++
		}
	}
	return n
}

// wantReports wants the words in the reports: one list of words for each.
func wantReports(t *testing.T, got []string, want ...[]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d reports, want %d:\n%s", len(got), len(want), strings.Join(got, "\n---\n"))
	}
	for i, words := range want {
		if !says(words...).MatchString(got[i]) {
			t.Errorf("the report does not say %q:\n%s", words, got[i])
		}
	}
}

func TestPlanCheck_looksUpSoManyNamesAndSaysSoOnce(t *testing.T) {
	t.Parallel()
	for name, hcl := range map[string]string{
		"in one resource":    viewers("it", "", newUsers(60)...),
		"in a resource each": viewersOf("Samples", newUsers(60)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			s.SetBehaviour(kusto.Behaviour{OthersRolesForbidden: true})
			s.Intercept(func(c kusto.Command) *kusto.Fault { // no answer closes the look-ups of a database
				if strings.HasSuffix(c.Text, " roles") {
					return &kusto.Fault{Kind: kusto.Throttle}
				}
				return nil
			})
			wantReports(t, planAll(t, s.config(hcl)), []string{"New principals not looked up: ", "at most 50 new principals"})
			if got := s.lookups(); got != 50 {
				t.Errorf("%d names were looked up, want 50", got)
			}
		})
	}
}

func TestPlanCheck_refusedSignInIsOneError(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app := *who("ci-deployer")
	app.Secrets = []string{"wrong-Secret~1"}
	s.AddDatabase("Sandbox")
	hcl := s.signedInAs(&app) + viewersOf("Samples", "aaduser=alice@contoso.com", "aaduser=bob@contoso.com") + tableGrant("t", "T", "aaduser=alice@contoso.com") +
		strings.ReplaceAll(viewers("it", "", "aaduser=alice@contoso.com"), `"viewers"`, `"admins"`)
	wantReports(t, planAll(t, hcl), []string{"error", "AADSTS7000215"})
	if n := len(s.Commands()); n > 0 {
		t.Errorf("%d commands were sent without a token", n)
	}
}

func TestPlanCheck_clusterThatIsNotThereIsOneWarning(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	hcl := strings.ReplaceAll(s.config(viewersOf("Samples", newUsers(12)...)), s.uri, "https://nowhere.westeurope.kusto.windows.net")
	started := time.Now()
	wantReports(t, planAll(t, hcl), []string{"warning cluster_uri: Check skipped during plan: ", "connection to the cluster failed", "created in the same apply, ignore this warning"})
	if took := time.Since(started); took > 9*time.Second {
		t.Errorf("it took %s", took)
	}
}

// Each securable would wait for a cluster at capacity as long as the first. The plan goes on
// without the check, so it does not wait for as long as a resource may.
func TestPlanCheck_clusterThatFailsIsOneWarning(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"1s", "1h"} {
		for kind, said := range map[kusto.FaultKind]string{kusto.Throttle: "Kusto said (HTTP 429)", kusto.Unavailable: "Kusto said (HTTP 503)", kusto.Truncate: "cut short"} {
			t.Run(fmt.Sprint(kind, " ", limit), func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t)
				hcl := ""
				for i := range 30 {
					s.Database("Samples").AddTable(fmt.Sprint("T", i))
					hcl += strings.Replace(tableGrant(fmt.Sprint("t", i), fmt.Sprint("T", i), "aaduser=alice@contoso.com"), "}\n", "timeouts = { read = \""+limit+"\" }\n}\n", 1)
				}
				s.Intercept(func(kusto.Command) *kusto.Fault { return &kusto.Fault{Kind: kind} })
				started := time.Now()
				wantReports(t, planAll(t, s.config(hcl)), []string{"warning cluster_uri: Check skipped during plan: ", said, "Nothing else on this cluster is checked"})
				if took := time.Since(started); took > fastWaits.Lookup+12*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		}
	}
}

// The first plan asks for the others whether the caller can sign in. It may have more time.
func TestPlanCheck_waitsForNoOtherBeyondItsTime(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	conn, err := kustoclient.NewClients(kustoclient.Options{Options: mgmt.Options{Cloud: cloud.Public}}).Client(mgmt.ClusterURI(s.uri))
	if err != nil {
		t.Fatal(err)
	}
	var cluster usableCluster
	asking, leave := context.WithCancel(t.Context())
	stuck := cluster.asking.DoChan(struct{}{}, func() (struct{}, error) { <-asking.Done(); return struct{}{}, nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := cluster.use(ctx, conn); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	leave()
	<-stuck
}

func TestPlanCheck_untrustedClusterIsAnError(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.SetBehaviour(kusto.Behaviour{MetadataLoginEndpoint: "https://login.evil.example"})
	wantReports(t, planAll(t, s.config(viewersOf("Samples", newUsers(3)...))), []string{"error cluster_uri: Refusing to send a token to an untrusted cluster"})
}

// A plan without a change sends what a refresh needs, and no more.
func TestPlanCheck_unchangedConfigurationAsksNothing(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	hcl := s.config(viewersOf("Samples", "aaduser=alice@contoso.com", "aaduser=bob@contoso.com") + strings.ReplaceAll(viewers("it", "", "aaduser=alice@contoso.com"), `"viewers"`, `"users"`))
	s.test(t, resource.TestStep{Config: hcl}, resource.TestStep{
		PreConfig: s.ResetCommands, Config: hcl, PlanOnly: true,
	}, resource.TestStep{RefreshState: true, Check: s.sent(".show", 2)})
	if got := s.lookups(); got != 0 {
		t.Errorf("%d names were looked up: %q", got, s.texts())
	}
}

func TestNearest_isAProbableTypingError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, among, want string }{
		{"Sandbxo", "Samples Sandbox", "Sandbox"},
		{"sandbox", "Sandbox Sandbix", "Sandbox"},
		{"StormEvents", "StormEvents", ""},
		{"Sales3", "Sales1 Sales2", ""},
		{"DB", "DC", ""},
		{"Logs", "Log", "Log"},
		{"Logs", "Cats", ""},
		{"Reports", "Samples", ""},
		{"bobb@contoso.com", "bob@contoso.com alice@contoso.com", "bob@contoso.com"},
		{"bob@fabrikam.com", "bob@contoso.com", ""},
	} {
		if got := nearest(c.name, strings.Fields(c.among)); got != c.want {
			t.Errorf("nearest to %q among %s is %q, want %q", c.name, c.among, got, c.want)
		}
	}
}
