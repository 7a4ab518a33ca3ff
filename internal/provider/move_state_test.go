// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// protocol talks to the provider as a CLI does, for what the installed CLI is too
// old to ask for.
type protocol struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
	ids    map[string]*tfprotov6.ResourceIdentitySchema
}

func (s *testCluster) protocol(t *testing.T) *protocol {
	t.Helper()
	return s.protocolOf(t, NewServer("test", WithRetry(fastRetry, fastWaits))())
}

func (s *testCluster) protocolOf(t *testing.T, server tfprotov6.ProviderServer) *protocol {
	t.Helper()
	p := &protocol{t: t, server: server}
	var err error
	if p.schema, err = p.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	identities, err := p.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p.ids = identities.IdentitySchemas
	app := s.deployer
	config := p.dynamic(p.schema.Provider, map[string]string{
		"cluster_uri": s.uri, "tenant_id": app.TenantID, "client_id": app.AppID, "client_secret": app.Secrets[0],
	})
	resp, err := p.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	p.noErrors(resp.Diagnostics)
	return p
}

// dynamic is an object of a schema with some strings set and all else null.
func (p *protocol) dynamic(schema *tfprotov6.Schema, set map[string]string) *tfprotov6.DynamicValue {
	p.t.Helper()
	object := schema.ValueType().(tftypes.Object)
	values := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, t := range object.AttributeTypes {
		values[name] = tftypes.NewValue(t, nil)
		if v, ok := set[name]; ok {
			values[name] = tftypes.NewValue(t, v)
		}
	}
	v, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		p.t.Fatal(err)
	}
	return &v
}

// strings reads the string attributes of an object.
func (p *protocol) strings(t tftypes.Type, v *tfprotov6.DynamicValue) map[string]string {
	p.t.Helper()
	value, err := v.Unmarshal(t)
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	out := make(map[string]string)
	for name, a := range attributes {
		var s *string
		if a.Type().Is(tftypes.String) && a.IsKnown() && a.As(&s) == nil && s != nil {
			out[name] = *s
		}
	}
	return out
}

func (p *protocol) noErrors(diags []*tfprotov6.Diagnostic) {
	p.t.Helper()
	for _, d := range diags {
		p.t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	if p.t.Failed() {
		p.t.FailNow()
	}
}

// refreshAndPlan refreshes a state, plans a configuration against it, and checks that
// there is nothing to do.
func (p *protocol) refreshAndPlan(typeName string, state *tfprotov6.DynamicValue, config map[string]string) map[string]string {
	p.t.Helper()
	return p.refreshAndPlanMoved(typeName, &tfprotov6.MoveResourceStateResponse{TargetState: state}, config)
}

// refreshAndPlanMoved is refreshAndPlan for a state that was moved.
func (p *protocol) refreshAndPlanMoved(typeName string, moved *tfprotov6.MoveResourceStateResponse, config map[string]string) map[string]string {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[typeName]
	read, plan := p.readAndPlan(typeName, moved, config)
	p.noErrors(plan.Diagnostics)
	known := p.strings(schema.ValueType(), read.NewState)
	before, _ := read.NewState.Unmarshal(schema.ValueType())
	after, _ := plan.PlannedState.Unmarshal(schema.ValueType())
	if !after.Equal(before) {
		p.t.Errorf("the plan is not empty:\n%s\nbecomes\n%s", before, after)
	}
	if len(plan.RequiresReplace) > 0 {
		p.t.Errorf("the plan replaces because of %v", plan.RequiresReplace)
	}
	return known
}

// readAndPlan reads a moved state, and plans a configuration against it.
func (p *protocol) readAndPlan(typeName string, moved *tfprotov6.MoveResourceStateResponse, config map[string]string) (*tfprotov6.ReadResourceResponse, *tfprotov6.PlanResourceChangeResponse) {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[typeName]
	read, err := p.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: moved.TargetState, Private: moved.TargetPrivate, CurrentIdentity: moved.TargetIdentity})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(read.Diagnostics)
	proposed := p.proposed(schema, read.NewState, config)
	planned := p.dynamic(schema, config)
	if config == nil { // a destroy
		proposed = &tfprotov6.DynamicValue{MsgPack: msgpackNull}
	}
	plan, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: read.NewState, ProposedNewState: proposed, Config: planned, PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return read, plan
}

// move moves a state of another provider.
func (p *protocol) move(provider, from, to string, source any) *tfprotov6.MoveResourceStateResponse {
	p.t.Helper()
	raw, err := json.Marshal(source)
	if err != nil {
		p.t.Fatal(err)
	}
	moved, err := p.server.MoveResourceState(context.Background(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: from, TargetTypeName: to, SourceState: &tfprotov6.RawState{JSON: raw},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return moved
}

// host is the cluster's host, and label the name of its resource.
func (s *testCluster) host() string  { return strings.TrimPrefix(s.uri, "https://") }
func (s *testCluster) label() string { label, _, _ := strings.Cut(s.host(), "."); return label }

// assignmentID is the id of a principal assignment in Azure Resource Manager.
func (s *testCluster) assignmentID(database string) string {
	return "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Kusto/Clusters/" + s.label() + "/Databases/" + database + "/PrincipalAssignments/it"
}

// proposed is what a CLI proposes: the configuration, and the state where that
// says nothing.
func (p *protocol) proposed(schema *tfprotov6.Schema, state *tfprotov6.DynamicValue, config map[string]string) *tfprotov6.DynamicValue {
	p.t.Helper()
	object := schema.ValueType()
	value, err := state.Unmarshal(object)
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	for name, v := range config {
		attributes[name] = tftypes.NewValue(tftypes.String, v)
	}
	out, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, attributes))
	if err != nil {
		p.t.Fatal(err)
	}
	return &out
}

func TestMoveState_fromOtherProvidersEndsInAnEmptyPlan(t *testing.T) {
	t.Parallel()
	alice, group, app := who("alice@contoso.com"), who("Data Readers"), who("dashboard")
	for _, c := range []struct {
		name, from, provider, to string
		securable                kusto.Securable
		role                     string
		held                     *entra.Principal
		source, config           map[string]string
	}{
		{"azurerm, an app", "azurerm_kusto_database_principal_assignment", "registry.terraform.io/hashicorp/azurerm", "kusto_database_principal",
			database("Samples"), "viewers", app,
			map[string]string{"database_name": "Samples", "principal_id": app.AppID, "principal_type": "App", "tenant_id": app.TenantID, "role": "Viewer"},
			map[string]string{"principal_fqn": "aadapp=dashboard;contoso.com", "role": "viewers"}},
		{"azurerm, a user by UPN", "azurerm_kusto_database_principal_assignment", "registry.opentofu.org/hashicorp/azurerm", "kusto_database_principal",
			database("Samples"), "unrestrictedviewers", alice,
			map[string]string{"database_name": "Samples", "principal_id": "alice@contoso.com", "principal_type": "User", "tenant_id": alice.TenantID, "role": "UnrestrictedViewers"},
			map[string]string{"principal_fqn": alice.FQN(), "role": "unrestrictedviewers"}},
		{"azurerm, a group", "azurerm_kusto_database_principal_assignment", "registry.terraform.io/hashicorp/azurerm", "kusto_database_principal",
			database("Samples"), "admins", group,
			map[string]string{"database_name": "Samples", "principal_id": group.ObjectID, "principal_type": "Group", "tenant_id": group.TenantID, "role": "Admin"},
			map[string]string{"principal_fqn": "aadgroup=Data Readers;contoso.com", "role": "admins"}},
		{"azurerm, in OpenTofu 1.10", "azurerm_kusto_database_principal_assignment", "azurerm", "kusto_database_principal",
			database("Samples"), "users", app,
			map[string]string{"database_name": "Samples", "principal_id": app.AppID, "principal_type": "App", "tenant_id": app.TenantID, "role": "User"},
			map[string]string{"principal_fqn": app.FQN(), "role": "users"}},
		{"azurerm, a further instance", "azurerm_kusto_database_principal_assignment", "registry.terraform.io/kusto-community/kusto", "kusto_database_principal",
			database("Samples"), "users", app,
			map[string]string{"database_name": "Samples", "principal_id": app.AppID, "principal_type": "App", "tenant_id": app.TenantID, "role": "User"},
			map[string]string{"principal_fqn": app.FQN(), "role": "users"}},
		{"azapi 1", "azapi_resource", "registry.terraform.io/azure/azapi", "kusto_database_principal",
			database("Samples"), "users", app,
			map[string]string{"type": "Microsoft.Kusto/clusters/databases/principalAssignments@2023-08-15",
				"body": `{"properties":{"principalId":"` + app.AppID + `","principalType":"App","role":"User","tenantId":"` + app.TenantID + `"}}`},
			map[string]string{"principal_fqn": app.FQN(), "role": "users"}},
		{"adx", "adx_table_security_role", "registry.terraform.io/favoretti/adx", "kusto_table_principal",
			nightAdmin, "ingestors", alice,
			map[string]string{"database_name": "Samples", "table_name": "Night Admin", "role": "ingestors", "principal_fqn": alice.FQN(), "notes": ""},
			map[string]string{"table_name": "Night Admin", "principal_fqn": "aaduser=alice@contoso.com", "role": "ingestors"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.Database("Samples").AddTable("Night Admin")
			s.Grant(c.securable, c.role, c.held, "")
			p := s.protocol(t)
			c.source["cluster_name"] = s.label()
			c.source["id"] = s.host() + "|Samples|table|Night Admin|security_role|ingestors|" + alice.FQN()
			if c.from == "azapi_resource" {
				c.source["id"] = s.assignmentID("Samples")
			}
			moved := p.move(c.provider, c.from, c.to, c.source)
			p.noErrors(moved.Diagnostics)
			c.config["database_name"] = "Samples"
			known := p.refreshAndPlanMoved(c.to, moved, c.config)
			if known["resolved_fqn"] != c.held.FQN() || known["cluster_uri"] != s.uri {
				t.Errorf("moved to %v", known)
			}
			if s.count(".add")+s.count(".drop") > 0 {
				t.Errorf("moving changed something: %v", s.texts())
			}
		})
	}
}

func TestMoveState_refusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	p := s.protocol(t)
	for _, source := range []string{
		`{"database_name":"Samples","principal_id":"x","principal_type":"App","tenant_id":"","role":"Viewer"}`,
		`{"database_name":"Samples","principal_id":"11111111-1111-4111-8111-111111111111","principal_type":"App","tenant_id":"contoso.com","role":"Owner"}`,
		`{"database_name":7}`,
	} {
		moved, err := p.server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			SourceProviderAddress: "registry.terraform.io/hashicorp/azurerm", SourceTypeName: "azurerm_kusto_database_principal_assignment",
			TargetTypeName: "kusto_database_principal", SourceState: &tfprotov6.RawState{JSON: []byte(source)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(moved.Diagnostics) == 0 {
			t.Errorf("%s was moved", source)
		}
	}
}

// A state of another cluster than the resource's is an error before anything is planned: it
// would be revoked there and granted here, or taken for a grant of this cluster.
func TestMoveState_toAnotherClusterIsRefused(t *testing.T) {
	t.Parallel()
	alice, app := who("alice@contoso.com"), who("dashboard")
	const azurerm, adx = "azurerm_kusto_database_principal_assignment", "adx_table_security_role"
	for _, c := range []struct {
		name, from string
		// own is the cluster_uri of the resource: the other cluster's.
		own, refused bool
	}{
		{"azurerm, the provider's cluster", azurerm, false, true},
		{"azurerm, its cluster", azurerm, true, false},
		{"adx, the provider's cluster", adx, false, true},
		{"adx, its cluster", adx, true, false},
		{"azapi, the provider's cluster", "azapi_resource", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, other := newTestCluster(t), newTestCluster(t)
			for _, on := range []*testCluster{s, other} {
				on.Database("Samples").AddTable("Night Admin")
				on.Grant(database("Samples"), "users", app, "")
				on.Grant(nightAdmin, "ingestors", alice, "")
			}
			assignment := map[string]any{"principalId": app.AppID, "principalType": "App", "role": "User", "tenantId": app.TenantID}
			source := map[string]any{
				"id": other.assignmentID("Samples"), "cluster_name": other.label(), "database_name": "Samples", "role": "User",
				"principal_id": app.AppID, "principal_type": "App", "tenant_id": app.TenantID, "type": "Microsoft.Kusto/clusters/databases/principalAssignments@2024-04-13",
				"body": map[string]any{"value": map[string]any{"properties": assignment}, "type": "object"},
			}
			to, config := "kusto_database_principal", map[string]string{"database_name": "Samples", "role": "users", "principal_fqn": app.FQN()}
			if c.from == adx {
				source = map[string]any{
					"id":      "elsewhere.westeurope.kusto.windows.net|Samples|table|Night Admin|security_role|ingestors|" + alice.FQN(),
					"cluster": []any{map[string]any{"uri": other.uri}}, "database_name": "Samples", "table_name": "Night Admin", "role": "ingestors", "principal_fqn": alice.FQN(),
				}
				to = "kusto_table_principal"
				config = map[string]string{"database_name": "Samples", "table_name": "Night Admin", "role": "ingestors", "principal_fqn": alice.FQN()}
			}
			if c.own {
				config["cluster_uri"] = other.uri
			}
			p := s.protocol(t)
			moved := p.move("registry.terraform.io/x/"+strings.Split(c.from, "_")[0], c.from, to, source)
			p.noErrors(moved.Diagnostics)
			_, plan := p.readAndPlan(to, moved, config)
			switch said := fmt.Sprint(texts(plan.Diagnostics)); {
			case c.refused && (!strings.Contains(said, "on another cluster") || !strings.Contains(said, other.label())):
				t.Errorf("the plan says %q", said)
			case !c.refused && len(plan.Diagnostics) > 0, len(plan.RequiresReplace) > 0:
				t.Errorf("the plan says %q, and replaces because of %v", said, plan.RequiresReplace)
			}
			if c.from != adx { // a destroy in the same run: the block and its cluster_uri are gone
				if _, plan := p.readAndPlan(to, moved, nil); len(plan.Diagnostics) == 0 {
					t.Error("a destroy on an unknown cluster was planned")
				}
			}
			if s.count(".add")+s.count(".drop")+other.count(".add")+other.count(".drop") > 0 {
				t.Error("planning changed something")
			}
		})
	}
}

// texts are the summaries and details of diagnostics.
func texts(diags []*tfprotov6.Diagnostic) (all []string) {
	for _, d := range diags {
		all = append(all, d.Summary+": "+d.Detail)
	}
	return all
}

func TestMoveState_saysWhatToDoInsteadOfAMove(t *testing.T) {
	t.Parallel()
	p := newTestCluster(t).protocol(t)
	for _, c := range []struct{ from, to string }{
		{"azurerm_kusto_cluster_principal_assignment", "kusto_database_principal"},
		{"azapi_resource", "kusto_database_principal"}, // a cluster's assignment
		{"azurerm_kusto_database_principal_assignment", "kusto_database_role"},
		{"kusto_database_principal", "kusto_database_role"},
		{"adx_table_security_role", "kusto_database_principal"},
	} {
		source := map[string]any{"id": "/subscriptions/0/providers/Microsoft.Kusto/clusters/c/principalAssignments/it", "type": "Microsoft.Kusto/clusters/principalAssignments@2024-04-13"}
		moved := p.move("registry.terraform.io/x/"+strings.Split(c.from, "_")[0], c.from, c.to, source)
		if said := fmt.Sprint(texts(moved.Diagnostics)); !strings.Contains(said, "cannot be moved") {
			t.Errorf("%s to %s: %s", c.from, c.to, said)
		}
	}
}
