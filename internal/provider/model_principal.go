// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalModel is a kusto_*_principal: one grant.
type principalModel struct {
	commonModel
	principal types.String
	notes     types.String

	// What Kusto resolved the principal to. Null in a state whose row is ambiguous.
	resolvedFQN types.String
	typ         types.String
	displayName types.String
	objectID    types.String
}

const principalAttribute = "principal_fqn"

func readPrincipalModel(t *kusto.SecurableType, object types.Object) *principalModel {
	values := object.Attributes()
	return &principalModel{
		commonModel: readCommon(t, values),
		principal:   stringOf(values[principalAttribute]),
		notes:       stringOf(values["notes"]),
		resolvedFQN: stringOf(values["resolved_fqn"]),
		typ:         stringOf(values["principal_type"]),
		displayName: stringOf(values["principal_display_name"]),
		objectID:    stringOf(values["principal_object_id"]),
	}
}

func (m *principalModel) values() map[string]attr.Value {
	values := map[string]attr.Value{
		principalAttribute: m.principal, "notes": m.notes, "resolved_fqn": m.resolvedFQN,
		"principal_type": m.typ, "principal_display_name": m.displayName, "principal_object_id": m.objectID,
	}
	m.write(values)
	return values
}

// fqn is the principal as written in the configuration, which was validated.
func (m *principalModel) fqn() kusto.FQN {
	f, _ := m.fqnOf(m.principal.ValueString())
	return f
}

func (m *principalModel) unproven() []string {
	if known(m.resolvedFQN) || m.principal.IsUnknown() {
		return nil
	}
	return []string{m.principal.ValueString()}
}

// commandFQN is the principal in commands: the resolved FQN if it is known.
func (m *principalModel) commandFQN() kusto.FQN {
	if f, err := kusto.ParseFQN(m.resolvedFQN.ValueString()); err == nil {
		return f
	}
	return m.fqn()
}

// fill takes the computed attributes from a row; nil for an ambiguous one.
func (m *principalModel) fill(g *kusto.Grant) {
	m.id = importID(m.identity())
	if g == nil {
		m.resolvedFQN, m.typ = types.StringNull(), types.StringValue(string(m.fqn().Type))
		m.displayName, m.objectID = types.StringNull(), types.StringNull()
		if m.notes.IsUnknown() {
			m.notes = types.StringNull()
		}
		return
	}
	m.resolvedFQN = types.StringValue(normalizedFQN(g.Principal))
	m.typ = types.StringValue(string(g.Principal.Type))
	m.displayName, m.objectID = optional(g.DisplayName), optional(g.ObjectID)
	asked := m.notes.ValueString()
	if held := m.notesIn(g, m.principal.ValueString(), asked); m.notes.IsUnknown() || held != asked { // none and empty ones are the same
		m.notes = optional(held)
	}
}

// identity are the values of the resource identity.
func (m *principalModel) identity() []namedValue {
	return append(m.target.identity(), namedValue{principalAttribute, m.principal.ValueString()})
}

// grant is the row of the state.
func (m *principalModel) grant() *kusto.Grant {
	return &kusto.Grant{
		Role: m.kustoRole(), Principal: m.commandFQN(),
		DisplayName: m.displayName.ValueString(), ObjectID: m.objectID.ValueString(),
	}
}

// normalizedFQN writes the ids of a resolved FQN in lower case.
func normalizedFQN(f kusto.FQN) string {
	if f.IsCanonical() && f.Type != kusto.Other {
		f.ID, f.Tenant = strings.ToLower(f.ID), strings.ToLower(f.Tenant)
	}
	return f.String()
}
