// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// target is a role of a securable in a cluster: the attributes that every resource
// and import id of this provider has. Models are read from and written to objects by
// attribute name, because the attribute that names the securable depends on its type.
type target struct {
	securableType *kusto.SecurableType
	clusterURI    types.String
	database      types.String // null for a cluster
	name          types.String // null for a cluster and a database
	role          types.String
}

func readTarget(t *kusto.SecurableType, values map[string]attr.Value) target {
	out := target{securableType: t, role: stringOf(values["role"])}
	for name, value := range out.names() {
		*value = stringOf(values[name])
	}
	return out
}

// names are the attributes that name the securable, with their values.
func (t *target) names() iter.Seq2[string, *types.String] {
	values := []*types.String{&t.clusterURI, &t.database, &t.name}
	return func(yield func(string, *types.String) bool) {
		for i, name := range t.securableType.NameAttributes() {
			if !yield(name, values[i]) {
				return
			}
		}
	}
}

// write adds the target's attributes to an object's values.
func (t target) write(values map[string]attr.Value) {
	values["role"] = t.role
	for name, value := range t.names() {
		values[name] = *value
	}
}

// securable is the securable of a target whose values are known.
func (t target) securable() kusto.Securable {
	return kusto.Securable{Type: t.securableType, Database: t.database.ValueString(), Name: t.name.ValueString()}
}

func (t target) kustoRole() kusto.Role { return kusto.Role(t.role.ValueString()) }

// complete reports whether all values that a command needs are known.
func (t target) complete() bool {
	for _, v := range []types.String{t.clusterURI, t.database, t.name, t.role} {
		if v.IsUnknown() {
			return false
		}
	}
	return !t.clusterURI.IsNull()
}

// identity are the values of the resource identity, in the order of an import id.
func (t target) identity() []namedValue {
	t.clusterURI = types.StringValue(normalizedURI(t.clusterURI.ValueString()))
	var values []namedValue
	for name, value := range t.names() {
		values = append(values, namedValue{name, value.ValueString()})
	}
	return append(values, namedValue{"role", t.role.ValueString()})
}

type namedValue struct{ name, value string }

func importID(identity []namedValue) types.String {
	parts := make([]string, len(identity))
	for i, v := range identity {
		parts[i] = v.value
	}
	return types.StringValue(strings.Join(parts, "|"))
}

// normalizedURI normalizes a valid cluster URI, and returns any other as it is.
func normalizedURI(uri string) string {
	if normalized, err := mgmt.NormalizeClusterURI(uri); err == nil {
		return normalized
	}
	return uri
}

// identityObject is the value of a resource identity.
func identityObject(values []namedValue) types.Object {
	attributeTypes, attributes := make(map[string]attr.Type, len(values)), make(map[string]attr.Value, len(values))
	for _, v := range values {
		attributeTypes[v.name], attributes[v.name] = types.StringType, types.StringValue(v.value)
	}
	return types.ObjectValueMust(attributeTypes, attributes)
}

// commonModel are the attributes that all resources have.
type commonModel struct {
	target
	id           types.String
	allowLockout types.Bool
	timeouts     timeouts.Value

	// named are the principals that the model names, with the ids of their tenants, as far as
	// these were learned.
	named map[string]kusto.FQN
	// stored are the notes that the service stores differently, by principal.
	stored map[string]storedNotes
}

// learn learns the tenants of principals.
func (m *commonModel) learn(ctx context.Context, tenants *kusto.Tenants, names ...string) {
	for _, name := range names {
		if f, err := kusto.ParseFQN(name); err == nil {
			if m.named == nil {
				m.named = make(map[string]kusto.FQN)
			}
			m.named[name] = tenants.Of(ctx, f)
		}
	}
}

// fqnOf is the principal that a name of the model means.
func (m *commonModel) fqnOf(name string) (kusto.FQN, error) {
	if f, learned := m.named[name]; learned {
		return f, nil
	}
	return kusto.ParseFQN(name)
}

// fqnsOf are the principals that names of the model mean.
func (m *commonModel) fqnsOf(names []string) []kusto.FQN {
	var fqns []kusto.FQN
	for _, name := range names {
		if f, err := m.fqnOf(name); err == nil {
			fqns = append(fqns, f)
		}
	}
	return fqns
}

func readCommon(t *kusto.SecurableType, values map[string]attr.Value) commonModel {
	return commonModel{
		target: readTarget(t, values), id: stringOf(values["id"]),
		allowLockout: boolOf(values["allow_lockout"]), timeouts: timeoutsOf(values["timeouts"]),
	}
}

// write adds the attributes to an object's values.
func (m *commonModel) write(values map[string]attr.Value) {
	m.target.write(values)
	values["id"], values["allow_lockout"], values["timeouts"] = m.id, m.allowLockout, m.timeouts
}

func (m *commonModel) common() *commonModel { return m }

// securableModel is the model of a resource.
type securableModel interface {
	common() *commonModel
	identity() []namedValue
	values() map[string]attr.Value
	// unproven are the names of principals that no row of the model identifies.
	unproven() []string
}
