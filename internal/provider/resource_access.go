// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// accessResource is kusto_<type>_access: all principals of all roles. Its parts are the
// resources of the roles.
type accessResource struct{ roleResource }

// hasAccess reports whether there is such a resource for a type: one of a type with a single
// role would be its kusto_<type>_role.
func hasAccess(t *kusto.SecurableType) bool { return len(t.Roles) > 1 && !t.MembersOnly }

func newAccessResource(t *kusto.SecurableType) *accessResource {
	r := &accessResource{}
	r.securableResource = newSecurableResource(t, "kusto_"+t.Slug+"_access", path.Root("grants"))
	r.identityNames, r.ownsRole = t.NameAttributes(), true
	r.own, r.split, r.join = r, r.models, r.values
	for _, role := range t.RoleNames() {
		part := newRoleResource(t)
		part.principals = r.principals.AtMapKey(role)
		part.suffix = "_" + role
		part.own = accessPart{part}
		r.parts = append(r.parts, &part.crudResource)
	}
	return r
}

func (r *accessResource) Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.roleResource.Configure(ctx, req, resp)
	for _, part := range r.parts {
		part.session = r.session
	}
}

func (r *accessResource) Schema(ctx context.Context, req resource.SchemaRequest, resp *resource.SchemaResponse) {
	r.roleResource.Schema(ctx, req, resp)
	attributes := resp.Schema.Attributes
	delete(attributes, "role")
	delete(attributes, "principals")
	attributes["grants"] = schema.MapAttribute{
		Required: true, ElementType: principalSet,
		Validators: []validator.Map{
			mapvalidator.KeysAre(roleName(r.securableType)), mapvalidator.NoNullValues(),
			mapvalidator.ValueSetsAre(setvalidator.NoNullValues(), setvalidator.ValueStringsAre(principalString)),
		},
		MarkdownDescription: "Fully qualified names of the principals that hold each role. Possible keys are " + codeList(r.securableType.RoleNames()) +
			": see [Roles](../guides/roles.md). A role that is left out has no principals except `ignore_principals`. Each is written as " + principalForms,
	}
	attributes["removed_principals"] = schema.MapAttribute{
		Computed: true, ElementType: types.ListType{ElemType: types.StringType},
		MarkdownDescription: "The principals that a change removes from each role, by their resolved names. Empty after the next refresh. Nobody else is removed.",
	}
	attributes["members"] = schema.MapAttribute{
		Computed: true, ElementType: types.MapType{ElemType: memberType},
		MarkdownDescription: "The principals that hold each role, by their names in `grants`. A member that is not in `grants` has its resolved name as key, and is removed by the next apply.",
	}
	resp.Schema.MarkdownDescription = r.description()
}

func (r *accessResource) description() string {
	return fmt.Sprintf("Manages all principals of all roles of %[1]s: who is not in `grants` has no access to the %[2]s of its own. Missing principals are added and all others are removed. "+
		"The plan lists who is added and who is removed in each role, including principals that were added outside of Terraform. Grants that do not change are not touched.\n\n"+
		"Inherited roles (such as `AllDatabasesAdmin`%[4]s) are not affected.\n\n"+
		"An apply removes only principals that its plan shows. A principal that is granted a role after that keeps it until the next plan.\n\n"+
		"The identity that runs Terraform needs the role %[5]s. It has to be one of the `admins` itself, unless it is an admin by inheritance. "+
		"Destroying the resource removes all `members`. To stop managing the %[2]s and keep the grants, use a `removed` block with `lifecycle { destroy = false }`, as in [Refactoring](../guides/member-or-role.md#refactoring).\n\n"+
		prerequisites(r.securableType)+creators(r.securableType)+
		"~> Do not manage the roles of one %[2]s with this resource and with `kusto_%[3]s_role` or `kusto_%[3]s_principal`: this one plans to remove what only the others declare.",
		r.securableType.One(), r.securableType.Noun, r.securableType.Slug, inheritedExample(r.securableType), r.securableType.ManagedBy)
}

// models are those of the roles, in the order of the type's roles.
func (r *accessResource) models(object types.Object) []*roleModel {
	values := object.Attributes()
	elements := func(name string) (of map[string]attr.Value, isUnknown, isNull bool) {
		m, ok := values[name].(types.Map)
		return m.Elements(), m.IsUnknown(), !ok || m.IsNull()
	}
	grants, grantsUnknown, _ := elements("grants")
	members, membersUnknown, membersNull := elements("members")
	removed, removedUnknown, removedNull := elements("removed_principals")
	var ms []*roleModel
	for _, role := range r.securableType.RoleNames() {
		m := &roleModel{
			commonModel: readCommon(r.securableType, values), oneOfAll: true, principals: setOf(grants[role]), ignored: setOf(values["ignore_principals"]),
			members: types.MapValueMust(memberType, nil), removed: types.ListValueMust(types.StringType, nil), notes: notesMap(values),
		}
		m.role = types.StringValue(role)
		if grantsUnknown {
			m.principals = types.SetUnknown(types.StringType)
		}
		if names, known := m.names(); known && !m.notes.IsUnknown() {
			m.keepNotesOf(names)
		}
		if known, ok := members[role].(types.Map); ok {
			m.members = known
		} else if membersUnknown {
			m.members = types.MapUnknown(memberType)
		} else if membersNull {
			m.members = types.MapNull(memberType)
		}
		if known, ok := removed[role].(types.List); ok {
			m.removed = known
		} else if removedUnknown {
			m.removed = types.ListUnknown(types.StringType)
		} else if removedNull {
			m.removed = types.ListNull(types.StringType)
		}
		ms = append(ms, m)
	}
	return ms
}

// values are the attributes of all roles. A plan has the spellings of the configuration in all
// of grants, or those of the state if it changes nothing there.
func (r *accessResource) values(ms []*roleModel, like types.Object) map[string]attr.Value {
	values := make(map[string]attr.Value)
	ms[0].write(values)
	delete(values, "role")
	if known(ms[0].id) {
		values["id"] = importID(r.identity(ms[0]))
	}
	isChanged := slices.ContainsFunc(ms, func(m *roleModel) bool {
		return m.written == nil || m.written.principals.IsNull() != m.principals.IsNull()
	})
	configured, _ := like.Attributes()["grants"].(types.Map)
	grants := make(map[string]attr.Value)
	members, removed := roleMap{types.MapType{ElemType: memberType}, nil, configured.IsUnknown()}, roleMap{types.ListType{ElemType: types.StringType}, nil, configured.IsUnknown()}
	notes := make([]types.Map, len(ms))
	for i, m := range ms {
		role, principals := m.role.ValueString(), m.principals
		notes[i] = m.notes
		if m.written != nil && isChanged {
			principals, notes[i] = m.written.principals, m.written.notes
		}
		isDeclared := !principals.IsNull()
		if isDeclared {
			grants[role] = principalSetValue{principals}
		}
		members.add(role, isDeclared, m.members, len(m.members.Elements()))
		removed.add(role, isDeclared, m.removed, len(m.removed.Elements()))
	}
	values["ignore_principals"], values["notes"] = ms[0].ignored, joinedNotes(ms, notes, notesMap(like.Attributes()))
	values["grants"] = types.MapValueMust(principalSet, grants)
	if configured.IsUnknown() {
		values["grants"] = configured
	}
	values["members"], values["removed_principals"] = members.value(), removed.value()
	return values
}

// roleMap is a computed attribute that has an element for each role of grants, and for others
// only if it is not empty. An element that a plan may lack in the end makes all unknown.
type roleMap struct {
	elementType attr.Type
	elements    map[string]attr.Value
	isUnknown   bool
}

func (r *roleMap) add(role string, isDeclared bool, v attr.Value, size int) {
	r.isUnknown = r.isUnknown || v.IsUnknown() && !isDeclared
	if isDeclared || size > 0 {
		if r.elements == nil {
			r.elements = make(map[string]attr.Value)
		}
		r.elements[role] = v
	}
}

func (r *roleMap) value() attr.Value {
	if r.isUnknown {
		return types.MapUnknown(r.elementType)
	}
	return types.MapValueMust(r.elementType, r.elements)
}

func (r *accessResource) operation(verb string, m *roleModel) operation {
	o := r.operationOn(m.target, fmt.Sprintf("%s the roles of %s", verb, m.securable()))
	o.writes = verb != "read"
	return o
}

// accessPart is a role among all. If nothing is known of it after an error, others are saved.
type accessPart struct{ *roleResource }

func (p accessPart) create(ctx context.Context, client *kusto.Client, m *roleModel, drop kusto.DropOptions, diags *diag.Diagnostics) bool {
	known := p.roleResource.create(ctx, client, m, drop, diags)
	if !known {
		m.setMembers(nil)
		m.setRemoved(nil)
	}
	return known
}

func (p accessPart) update(ctx context.Context, client *kusto.Client, m, state *roleModel, drop kusto.DropOptions, diags *diag.Diagnostics) bool {
	known := p.roleResource.update(ctx, client, m, state, drop, diags)
	if !known {
		m.principals, m.members, m.removed, m.notes = state.principals, state.members, state.removed, state.notes
	}
	return known
}

// joinedNotes are the notes of all roles. Of several for one principal, one that like does not
// have counts. If like has none, as after an import, none of them does.
func joinedNotes(ms []*roleModel, ofRoles []types.Map, like types.Map) types.Map {
	joined, before := make(map[string]attr.Value), like.Elements()
	for _, notes := range ofRoles {
		if notes.IsUnknown() {
			return notes
		}
		for key, text := range notes.Elements() {
			if joined[key] == nil || joined[key].Equal(before[key]) {
				joined[key] = text
			}
		}
	}
	if !like.IsNull() && !like.IsUnknown() {
		return types.MapValueMust(types.StringType, joined)
	}
	for i, m := range ms {
		notes := ofRoles[i].Elements()
		for _, name := range m.memberNames() {
			if text := joined[name]; text != nil && !text.Equal(notes[name]) {
				delete(joined, name)
			}
		}
	}
	return mapOrNull(joined)
}
