package provider

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleModel is a kusto_*_role: the whole list of one role.
type roleModel struct {
	target
	id           types.String
	principals   types.Set
	members      types.Map
	allowLockout types.Bool
	timeouts     attr.Value
}

// memberTypes are the attributes of one member. The map's keys are the
// principals as they are written in the configuration; a member that nobody
// wrote stands under its resolved name.
var memberTypes = map[string]attr.Type{
	"resolved_fqn":           types.StringType,
	"principal_type":         types.StringType,
	"principal_display_name": types.StringType,
	"principal_object_id":    types.StringType,
}

func readRoleModel(kind *kusto.Kind, object types.Object) roleModel {
	return roleModelOf(kind, object.Attributes())
}

func roleModelOf(kind *kusto.Kind, values map[string]attr.Value) roleModel {
	m := roleModel{
		target: readTarget(kind, values), id: stringOf(values["id"]),
		principals: types.SetNull(types.StringType), members: types.MapNull(types.ObjectType{AttrTypes: memberTypes}),
		allowLockout: boolOf(values["allow_lockout"]), timeouts: values["timeouts"],
	}
	if set, ok := values["principals"].(types.Set); ok {
		m.principals = set
	}
	if members, ok := values["members"].(types.Map); ok {
		m.members = members
	}
	return m
}

func (m roleModel) object(like types.Object) (types.Object, diag.Diagnostics) {
	values := map[string]attr.Value{
		"id": m.id, "principals": m.principals, "members": m.members,
		"allow_lockout": m.allowLockout, "timeouts": m.timeouts,
	}
	m.write(values)
	return types.ObjectValue(like.AttributeTypes(context.Background()), values)
}

// written are the principals as they stand in the configuration, sorted; false
// while one of them is not known.
func (m roleModel) written() ([]string, bool) {
	if m.principals.IsUnknown() {
		return nil, false
	}
	var names []string
	for _, v := range m.principals.Elements() {
		if v.IsUnknown() {
			return nil, false
		}
		names = append(names, stringOf(v).ValueString())
	}
	slices.Sort(names)
	return names, true
}

// memberNames are the keys of members, sorted.
func (m roleModel) memberNames() []string {
	return slices.Sorted(maps.Keys(m.members.Elements()))
}

// member is what the state tells of one member; nil for one whose row could not
// be told from others.
func (m roleModel) member(name string) *kusto.Grant {
	object, ok := m.members.Elements()[name].(types.Object)
	if !ok {
		return nil
	}
	values := object.Attributes()
	f, err := kusto.ParseFQN(stringOf(values["resolved_fqn"]).ValueString())
	if err != nil {
		return nil
	}
	return &kusto.Grant{
		Role: m.kustoRole(), Principal: f, Type: f.Type,
		DisplayName: stringOf(values["principal_display_name"]).ValueString(),
		ObjectID:    stringOf(values["principal_object_id"]).ValueString(),
	}
}

// setMembers takes the members over, and the principals with them.
func (m *roleModel) setMembers(members map[string]attr.Value) {
	m.members = types.MapValueMust(types.ObjectType{AttrTypes: memberTypes}, members)
	m.principals = setOf(slices.Sorted(maps.Keys(members)))
}

func setOf(names []string) types.Set {
	values := make([]attr.Value, len(names))
	for i, name := range names {
		values[i] = types.StringValue(name)
	}
	return types.SetValueMust(types.StringType, values)
}

func memberObject(name string, g *kusto.Grant) attr.Value {
	if g == nil {
		f, _ := kusto.ParseFQN(name)
		return types.ObjectValueMust(memberTypes, map[string]attr.Value{
			"resolved_fqn": types.StringNull(), "principal_type": types.StringValue(string(f.Type)),
			"principal_display_name": types.StringNull(), "principal_object_id": types.StringNull(),
		})
	}
	return types.ObjectValueMust(memberTypes, map[string]attr.Value{
		"resolved_fqn": types.StringValue(canonical(g.Principal)), "principal_type": types.StringValue(string(g.Type)),
		"principal_display_name": optional(g.DisplayName), "principal_object_id": optional(g.ObjectID),
	})
}

// plannedID is the import id, unknown while one of its parts is.
func (m roleModel) plannedID() types.String {
	if !m.known() {
		return types.StringUnknown()
	}
	return m.importID()
}

func (m roleModel) importID() types.String { return types.StringValue(strings.Join(m.parts(), "|")) }

// identity are the values of the resource's identity.
func (m roleModel) identity() map[string]string {
	values := make(map[string]string)
	parts := m.parts()
	for i, name := range m.attributes() {
		values[name] = parts[i]
	}
	return values
}

// parseAll reads names that were validated.
func parseAll(names []string) []kusto.FQN {
	fqns := make([]kusto.FQN, len(names))
	for i, name := range names {
		fqns[i], _ = kusto.ParseFQN(name)
	}
	return fqns
}
