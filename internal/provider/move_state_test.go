// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
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
	schema := p.schema.ResourceSchemas[typeName]
	read, err := p.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: state})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(read.Diagnostics)
	known := p.strings(schema.ValueType(), read.NewState)
	proposed := p.proposed(schema, read.NewState, config)
	plan, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: read.NewState, ProposedNewState: proposed, Config: p.dynamic(schema, config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(plan.Diagnostics)
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
			map[string]string{"database_name": "Samples", "principal_id": app.AppID, "principal_type": "App", "tenant_id": app.TenantID, "role": "Viewer", "cluster_name": "t"},
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
			c.source["id"] = s.uri + "|Samples|table|Night Admin|security_role|ingestors|" + alice.FQN()
			raw, err := json.Marshal(c.source)
			if err != nil {
				t.Fatal(err)
			}
			moved, err := p.server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceProviderAddress: c.provider, SourceTypeName: c.from, TargetTypeName: c.to,
				SourceState: &tfprotov6.RawState{JSON: raw},
			})
			if err != nil {
				t.Fatal(err)
			}
			p.noErrors(moved.Diagnostics)
			c.config["database_name"] = "Samples"
			known := p.refreshAndPlan(c.to, moved.TargetState, c.config)
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
