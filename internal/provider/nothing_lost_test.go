// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// The caller is admin by nothing but a grant of the configuration, which is destroyed as
// a whole: the others go first, or the cluster would refuse them.
func TestDestroy_revokesTheCallersOwnAccessLast(t *testing.T) {
	t.Parallel()
	s := newTestClusterWithoutAdmins(t)
	s.Database("Samples").AddTable("T")
	s.Grant(database("Samples"), "admins", s.deployer, "")
	s.SetLatency(5 * time.Millisecond)
	own := fmt.Sprintf("%q", s.deployer.FQN())
	// A busy CLI pauses between two grants: that must not be taken for the quiet at the end.
	patient := fastWaits
	patient.Quiet = 5 * time.Second
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"kusto": func() (tfprotov6.ProviderServer, error) {
				return NewServer("test", WithRetry(fastRetry, patient))(), nil
			},
		},
		CheckDestroy: s.holds(),
		Steps: []resource.TestStep{{Config: s.config(admin("own", own, meansIt) + viewersRole("") +
			tableAdmin(who("bob@contoso.com").FQN(), "") + `
resource "kusto_database_principal" "monitors" {
  count         = 30
  database_name = "Samples"
  role          = ["users", "monitors", "ingestors"][count.index % 3]
  principal_fqn = "aaduser=${["alice", "bob"][count.index % 2]}@contoso.com"
  notes         = count.index < 6 ? "note ${count.index}" : null
  depends_on    = [kusto_database_role.it]
}
`)}},
	})
}

// What a row shows may change between plan and apply, as when somebody is renamed in
// Entra ID. The state gets what the plan promised.
func TestUpdate_keepsWhatThePlanPromised(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	foreign := fake.Directory().AddUser(entra.FabrikamTenantID, "renamed@fabrikam.com", "Renamed")
	config := func(notes, more string) string {
		return requiresKusto + s.provider + fmt.Sprintf(`
resource "kusto_database_principal" "it" {
  database_name = "Samples"
  role          = "users"
  principal_fqn = %[1]q
  notes         = %[2]q
}
resource "kusto_database_role" "it" {
  database_name = "Samples"
  role          = "viewers"
  principals    = [%[1]q %[3]s]
}
`, foreign.FQN(), notes, more)
	}
	w := prepared(t, config("before", ""), attached(t))
	must(t, w, 0, applyArgs...)
	if err := w.Write("main.tf", config("after", ", "+alice)); err != nil {
		t.Fatal(err)
	}
	must(t, w, 0, "plan", "-no-color", "-out=planned")
	s.SetBehaviour(kusto.Behaviour{ShowForeignNames: true})
	must(t, w, 0, "apply", "-no-color", "planned")
	compare(t, "the cluster", s.held(), []string{
		line(database("Samples"), "users", foreign.FQN(), "after"), line(database("Samples"), "viewers", foreign.FQN(), ""),
		line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), ""),
	})
	must(t, w, 0, planArgs...)
}

// The cluster of a new role may be created in the same apply: its plan does not wait.
func TestPlan_ofARoleOnAClusterThatIsYetToBeMade(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	patient := fastRetry
	patient.Unreachable = time.Hour
	p := s.protocolOf(t, NewServer("test", WithRetry(patient, fastWaits))())
	schema := p.schema.ResourceSchemas["kusto_database_role"]
	object := schema.ValueType().(tftypes.Object)
	config := p.dynamic(schema, map[string]string{"cluster_uri": "https://yet-to-be-made.westeurope.kusto.windows.net", "database_name": "Samples", "role": "admins"})
	value, err := config.Unmarshal(object)
	if err != nil {
		t.Fatal(err)
	}
	attributes := make(map[string]tftypes.Value)
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	names := tftypes.Set{ElementType: tftypes.String}
	attributes["principals"] = tftypes.NewValue(names, []tftypes.Value{tftypes.NewValue(tftypes.String, "aaduser=alice@contoso.com")})
	proposed, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, attributes))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.server.PlanResourceChange(testContext(t), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "kusto_database_role", Config: &proposed, ProposedNewState: &proposed, PriorState: p.null(object),
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := resp.Diagnostics; len(d) != 1 || d[0].Severity != tfprotov6.DiagnosticSeverityWarning || !says("cluster is created in the same apply").MatchString(d[0].Detail) {
		t.Errorf("the plan reports %v", d)
	}
}

func (p *protocol) null(object tftypes.Type) *tfprotov6.DynamicValue {
	p.t.Helper()
	v, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	if err != nil {
		p.t.Fatal(err)
	}
	return &v
}

// Every reason of an unanswered command has words of its own.
func TestDiagnostics_tellWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	for reason, want := range map[mgmt.Reason]string{
		mgmt.ErrUnavailable: "The cluster could not be reached", mgmt.ErrSilent: "The cluster does not answer",
		mgmt.ErrUnexpectedAnswer: "Unexpected answer of the cluster", mgmt.ErrProxyAuthentication: "The proxy requires authentication",
	} {
		_, summary, advice := operation{action: "read"}.explain(&mgmt.Error{Reason: reason})
		if summary != want || !strings.Contains(advice, ".") {
			t.Errorf("%s: %q, %q", reason, summary, advice)
		}
	}
}

// A principal that is gone is not waited for: a role resource, too, ends at once.
func TestDrop_ofAPrincipalThatIsGoneSaysWhatCanBeDone(t *testing.T) {
	t.Parallel()
	for name, hclOf := range map[string]func(fqns []string) (with, without, advice string){
		"a member": func(fqns []string) (with, without, advice string) {
			return viewer("it", fqns[0], ""), "# none", "removed block"
		},
		"a role": func(fqns []string) (with, without, advice string) {
			return viewers("it", "", fqns...), viewers("it", "", fqns[1:]...), "ignore_principals"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.SetBehaviour(kusto.Behaviour{DropUnknownIsError: true})
			gone := fake.Directory().AddApp(entra.ContosoTenantID, "soon gone")
			fqns := []string{gone.FQN()}
			var others []string
			for range 101 { // more than fit into one command
				other := fake.Directory().AddApp(entra.ContosoTenantID, "other")
				s.Grant(database("Samples"), "viewers", other, "")
				fqns, others = append(fqns, other.FQN()), append(others, line(database("Samples"), "viewers", other.FQN(), ""))
			}
			with, without, advice := hclOf(fqns)
			if name == "a role" {
				others = nil // which the end of the test destroys
			}
			s.testLockouts(t, others,
				resource.TestStep{Config: s.config(with)},
				resource.TestStep{PreConfig: func() { fake.Directory().HideFor(gone, 1000) }, Config: s.config(without),
					ExpectError: says("Kusto cannot revoke the role of a deleted principal", "not more than 100", advice)},
				resource.TestStep{PreConfig: func() { fake.Directory().HideFor(gone, 0) }, Config: s.config(without)},
			)
		})
	}
}
