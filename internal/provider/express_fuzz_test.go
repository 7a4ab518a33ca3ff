package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// Whatever bytes come, the lane neither panics nor answers otherwise than the
// framework.
func FuzzExpress(f *testing.F) {
	lane := &protocol{server: newExpress("test", new(tally))}
	alone := &protocol{server: providerserver.NewProtocol6(New("test")())()}
	for _, p := range []*protocol{lane, alone} {
		var err error
		if p.schema, err = p.server.GetProviderSchema(f.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
			f.Fatal(err)
		}
	}
	for _, name := range []string{principalTypeName(kusto.Database), roleTypeName(kusto.Database)} {
		object := lane.schema.ResourceSchemas[name].ValueType()
		role := name == roleTypeName(kusto.Database)
		state := values{"database_name": "D", "role": "users", "principal_fqn": "aaduser=alice@contoso.com", "timeouts": values{"read": "1m"}}
		if role {
			state = values{"database_name": "D", "role": "users", "principals": []string{"aaduser=alice@contoso.com"}, "members": values{"x": values{"resolved_fqn": "y"}}}
		}
		f.Add(role, pack(object, state).MsgPack)
		state["members"] = nil
		f.Add(role, pack(object, state).MsgPack)
		f.Add(role, []byte(`{"id":null,"timeouts":{"read":"1m","create":null},"principals":["a"],"members":{"a":{"resolved_fqn":"b"}},"allow_lockout":false}`))
		f.Add(role, []byte(`{"allow_lockout":false,"cluster_uri":"u","database_name":"D","id":"i","notes":null,"principal_display_name":"","principal_fqn":"p","principal_object_id":"o","principal_type":"user","resolved_fqn":"r","role":"users","timeouts":null}`))
	}
	f.Fuzz(func(t *testing.T, role bool, raw []byte) {
		name := principalTypeName(kusto.Database)
		if role {
			name = roleTypeName(kusto.Database)
		}
		wire := &tfprotov6.DynamicValue{MsgPack: raw}
		l := lane.server.(*express).lanes()[name]
		object := lane.schema.ResourceSchemas[name].ValueType()
		upgrade := &tfprotov6.UpgradeResourceStateRequest{TypeName: name, RawState: &tfprotov6.RawState{JSON: raw}}
		if got := l.upgrade(upgrade); got != nil {
			want, err := alone.server.UpgradeResourceState(t.Context(), upgrade)
			if told(got.Diagnostics, nil, decoded(object, got.UpgradedState)) != told(want.Diagnostics, err, decoded(object, want.UpgradedState)) {
				t.Errorf("%q: %s, the framework says %s, %v", raw, decoded(object, got.UpgradedState), decoded(object, want.UpgradedState), want.Diagnostics)
			}
		}
		validate := &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: wire}
		if l.valid(t.Context(), wire) {
			if want, err := alone.server.ValidateResourceConfig(t.Context(), validate); err != nil || len(want.Diagnostics) > 0 {
				t.Errorf("%q is no good configuration: %v %v", raw, want.Diagnostics, err)
			}
		}
		session := &session{}
		l.plan(session, &tfprotov6.PlanResourceChangeRequest{TypeName: name, Config: wire, PriorState: wire, ProposedNewState: wire})
		l.keptIdentity(&tfprotov6.ResourceIdentityData{IdentityData: wire})
		l.sameIdentity(&tfprotov6.ResourceIdentityData{IdentityData: wire}, nil)
	})
}
