package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalModel is a kusto_*_principal: one grant. Its attributes are read from
// and written to an object by name, because the attribute that names the
// securable differs from kind to kind.
type principalModel struct {
	target
	id           types.String
	principal    types.String
	notes        types.String
	allowLockout types.Bool
	timeouts     attr.Value

	// What Kusto resolved the principal to. Null in a state whose row could not
	// be told from others.
	resolved    types.String
	typ         types.String
	displayName types.String
	objectID    types.String
}

// principalAttribute names the grant's principal.
const principalAttribute = "principal_fqn"

func readPrincipalModel(kind *kusto.Kind, object types.Object) principalModel {
	return principalModelOf(kind, object.Attributes())
}

func principalModelOf(kind *kusto.Kind, values map[string]attr.Value) principalModel {
	return principalModel{
		target:       readTarget(kind, values),
		id:           stringOf(values["id"]),
		principal:    stringOf(values[principalAttribute]),
		notes:        stringOf(values["notes"]),
		allowLockout: boolOf(values["allow_lockout"]),
		timeouts:     values["timeouts"],
		resolved:     stringOf(values["resolved_fqn"]),
		typ:          stringOf(values["principal_type"]),
		displayName:  stringOf(values["principal_display_name"]),
		objectID:     stringOf(values["principal_object_id"]),
	}
}

// object writes the model as an object of the type that like has.
func (m principalModel) object(like types.Object) (types.Object, diag.Diagnostics) {
	return types.ObjectValue(like.AttributeTypes(context.Background()), m.values())
}

func (m principalModel) values() map[string]attr.Value {
	values := map[string]attr.Value{
		"id": m.id, principalAttribute: m.principal, "notes": m.notes,
		"allow_lockout": m.allowLockout, "timeouts": m.timeouts, "resolved_fqn": m.resolved,
		"principal_type": m.typ, "principal_display_name": m.displayName, "principal_object_id": m.objectID,
	}
	m.write(values)
	return values
}

// fqn is the principal as the person wrote it; its form was validated.
func (m principalModel) fqn() kusto.FQN {
	f, _ := kusto.ParseFQN(m.principal.ValueString())
	return f
}

// effective is the name that commands use: the resolved one, where it is known.
func (m principalModel) effective() kusto.FQN {
	if f, err := kusto.ParseFQN(m.resolved.ValueString()); err == nil {
		return f
	}
	return m.fqn()
}

// fill takes over what Kusto answered for the grant; nil for a row that could
// not be told from others.
func (m *principalModel) fill(g *kusto.Grant) {
	m.id = m.importID()
	if g == nil {
		m.resolved, m.typ = types.StringNull(), types.StringValue(string(m.fqn().Type))
		m.displayName, m.objectID = types.StringNull(), types.StringNull()
		if m.notes.IsUnknown() {
			m.notes = types.StringNull()
		}
		return
	}
	m.resolved = types.StringValue(canonical(g.Principal))
	m.typ = types.StringValue(string(g.Type))
	m.displayName, m.objectID = optional(g.DisplayName), optional(g.ObjectID)
	m.fillNotes(g)
}

// fillNotes takes over the notes that Kusto shows. An engine that shows none is
// taken to hold those that were written.
func (m *principalModel) fillNotes(g *kusto.Grant) {
	if m.notes.IsUnknown() || !g.NotesHidden && g.Notes+m.notes.ValueString() != "" {
		m.notes = optional(g.Notes)
	}
}

// forget makes everything that Kusto tells unknown, for a plan that grants: the
// notes too, where the configuration does not say.
func (m *principalModel) forget() {
	if m.notes.IsNull() {
		m.notes = types.StringUnknown()
	}
	m.resolved, m.typ = types.StringUnknown(), types.StringUnknown()
	m.displayName, m.objectID = types.StringUnknown(), types.StringUnknown()
}

// keep takes over what Kusto told before, for a plan that leaves the grant alone:
// the notes too, where the configuration does not say.
func (m *principalModel) keep(state principalModel) {
	m.resolved, m.typ = state.resolved, state.typ
	m.displayName, m.objectID = state.displayName, state.objectID
	if m.notes.IsNull() {
		m.notes = state.notes
	}
}

// plannedID is the import id, unknown while one of its parts is.
func (m principalModel) plannedID() types.String {
	if !m.known() || m.principal.IsUnknown() {
		return types.StringUnknown()
	}
	return m.importID()
}

func (m principalModel) importID() types.String {
	return types.StringValue(strings.Join(append(m.parts(), m.principal.ValueString()), "|"))
}

// identity are the values of the resource's identity.
func (m principalModel) identity() map[string]string {
	values := map[string]string{principalAttribute: m.principal.ValueString()}
	parts := m.parts()
	for i, name := range m.attributes() {
		values[name] = parts[i]
	}
	return values
}

// grant is the state's grant as far as the state tells it.
func (m principalModel) grant() *kusto.Grant {
	f := m.effective()
	return &kusto.Grant{Principal: f, Type: f.Type, DisplayName: m.displayName.ValueString(), ObjectID: m.objectID.ValueString()}
}

// canonical writes a resolved name in one way: ids have no case.
func canonical(f kusto.FQN) string {
	if f.Resolved() {
		f.ID, f.Tenant = strings.ToLower(f.ID), strings.ToLower(f.Tenant)
	}
	return f.String()
}

// timeoutsOf reads the timeouts attribute of an object.
func timeoutsOf(v attr.Value) timeouts.Value {
	t, _ := v.(timeouts.Value)
	return t
}
