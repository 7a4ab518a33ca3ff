package provider

import (
	"bytes"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"

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
	f.Add(true, pack(lane.schema.ResourceSchemas[roleTypeName(kusto.Database)].ValueType(), values{
		"database_name": "D", "role": "users", "principals": []string{"aaduser=alice@contoso.com", "aaduser=alice@contoso.com"},
	}).MsgPack)
	f.Add(true, []byte(`{"allow_lockout":false,"cluster_uri":"u","database_name":"D","id":"i","role":"users","timeouts":null,"members":{},"principals":["a","a"]}`))
	f.Add(false, twice(lane.server.(*express).lanes()[principalTypeName(kusto.Database)].state))
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

// twice is an object that has one attribute twice, and another not at all.
func twice(s *shape) []byte {
	var out bytes.Buffer
	enc := msgpack.NewEncoder(&out)
	names := slices.Clone(s.names)
	names[slices.Index(names, "id")] = "role"
	_ = enc.EncodeMapLen(len(names)) // to a buffer, so these cannot fail
	for _, name := range names {
		_ = enc.EncodeString(name)
		switch value, ok := map[string]string{"database_name": "D", "role": "users", "principal_fqn": "aaduser=alice@contoso.com"}[name]; ok {
		case true:
			_ = enc.EncodeString(value)
		default:
			_ = enc.EncodeNil()
		}
	}
	return out.Bytes()
}
