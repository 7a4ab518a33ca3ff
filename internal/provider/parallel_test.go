// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// attached serves the provider from within this process, where the race detector
// sees it, to a CLI that runs in a workspace. The variable tells the CLI how.
func attached(t *testing.T) (variable string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	configs, closed := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- tf6server.Serve(Address, NewServer("test", WithRetry(fastRetry, fastWaits)), tf6server.WithDebug(ctx, configs, closed),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
	}()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		<-closed
	})
	select {
	case config := <-configs:
		return "TF_REATTACH_PROVIDERS=" + reattachment(config)
	case <-time.After(time.Minute):
		t.Fatal("the provider does not serve")
	}
	return ""
}

func reattachment(config *plugin.ReattachConfig) string {
	addr := map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()}
	entry := map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": os.Getpid(), "Test": true, "Addr": addr,
	}
	all := map[string]any{Address: entry, strings.Replace(Address, "terraform.io", "opentofu.org", 1): entry}
	text, _ := json.Marshal(all) // strings and numbers always marshal
	return string(text)
}

// members and a role, 200 grants in four databases, half of them with notes of
// their own.
func twoHundred(s *testCluster) (hcl string, want []string) {
	var members, listed []string
	for i := range 200 {
		app := fake.Directory().AddApp(entra.ContosoTenantID, fmt.Sprintf("one of many %03d", i))
		in, notes := fmt.Sprintf("DB%d", i%4), ""
		if i >= 180 {
			listed = append(listed, fmt.Sprintf("%q", app.FQN()))
			want = append(want, line(database("DB0"), "monitors", app.FQN(), ""))
			continue
		}
		if i%8 < 4 {
			notes = fmt.Sprintf("notes %d", i)
		}
		members = append(members, fmt.Sprintf("%q = { database = %q, notes = %q }", app.FQN(), in, notes))
		want = append(want, line(database(in), "viewers", app.FQN(), notes))
	}
	return requiresKusto + s.provider + fmt.Sprintf(`
resource "kusto_database_principal" "it" {
  for_each = {
    %s
  }
  database_name = each.value.database
  role          = "viewers"
  principal_fqn = each.key
  notes         = each.value.notes == "" ? null : each.value.notes
}
resource "kusto_database_role" "it" {
  database_name = "DB0"
  role          = "monitors"
  principals    = [%s]
}
`, strings.Join(members, "\n    "), strings.Join(listed, ", ")), want
}

func TestParallel_twoHundredGrantsFiftyAtOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for i := range 4 {
		s.AddDatabase(fmt.Sprintf("DB%d", i))
	}
	hcl, want := twoHundred(s)
	w := prepared(t, hcl, attached(t))
	s.SetFaults(kusto.FaultPlan{Seed: 7, Throttle: 0.05, CutBefore: 0.05, CutAfter: 0.05, Unauthorized: 0.05, MaxPerCommand: 3})
	const fifty = "-parallelism=50"
	must(t, w, 0, append(applyArgs, fifty)...)
	compare(t, "the cluster", s.held(), want)
	must(t, w, 0, append(planArgs, fifty)...)
	for _, g := range s.AllGrants()[:20] { // gone behind Terraform's back
		s.Revoke(g.Securable, g.Grant.Role, fake.Directory().Must(strings.TrimPrefix(strings.Split(g.Grant.FQN, ";")[0], "aadapp=")))
	}
	must(t, w, 0, append(applyArgs, fifty)...)
	compare(t, "the cluster after the repair", s.held(), want)
	must(t, w, 0, append(destroyArgs, fifty)...)
	compare(t, "the cluster at the end", s.held(), nil)
}
