package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// target says which role of which securable in which cluster: the attributes
// that every resource and import id of this provider has in common.
type target struct {
	kind       *kusto.Kind
	clusterURI types.String
	database   types.String
	name       types.String // null for a database
	role       types.String
}

// readTarget takes the target out of an object.
func readTarget(kind *kusto.Kind, values map[string]attr.Value) target {
	t := target{
		kind:       kind,
		clusterURI: stringOf(values["cluster_uri"]),
		database:   stringOf(values[kusto.Database.NameAttribute()]),
		role:       stringOf(values["role"]),
	}
	if kind.InsideDatabase() {
		t.name = stringOf(values[kind.NameAttribute()])
	}
	return t
}

// write puts the target into an object's values.
func (t target) write(values map[string]attr.Value) {
	values["cluster_uri"] = t.clusterURI
	values[kusto.Database.NameAttribute()] = t.database
	values["role"] = t.role
	if t.kind.InsideDatabase() {
		values[t.kind.NameAttribute()] = t.name
	}
}

// securable is the securable of a target whose values are known.
func (t target) securable() kusto.Securable {
	return kusto.Securable{Kind: t.kind, Database: t.database.ValueString(), Name: t.name.ValueString()}
}

func (t target) kustoRole() kusto.Role { return kusto.Role(t.role.ValueString()) }

// known reports whether every value that a command needs is known.
func (t target) known() bool {
	for _, v := range []types.String{t.clusterURI, t.database, t.name, t.role} {
		if v.IsUnknown() {
			return false
		}
	}
	return !t.clusterURI.IsNull()
}

// parts are the values in the order of an import id.
func (t target) parts() []string {
	parts := []string{canonicalURI(t.clusterURI.ValueString()), t.database.ValueString()}
	if t.kind.InsideDatabase() {
		parts = append(parts, t.name.ValueString())
	}
	return append(parts, t.role.ValueString())
}

// attributes are the names of parts.
func (t target) attributes() []string { return targetAttributes(t.kind) }

func targetAttributes(kind *kusto.Kind) []string {
	names := []string{"cluster_uri", kusto.Database.NameAttribute()}
	if kind.InsideDatabase() {
		names = append(names, kind.NameAttribute())
	}
	return append(names, "role")
}

// canonicalURI brings a good address to one form and leaves any other as it is.
func canonicalURI(uri string) string {
	for _, cloud := range kusto.Clouds() {
		if parsed, err := kusto.ParseClusterURI(uri, cloud); err == nil {
			return string(parsed)
		}
	}
	return uri
}

// settle gives a planned target its cluster, keeps the spelling of the state
// wherever it means the same, and names what differs and so needs another
// resource.
func (t *target) settle(s *session, state *target, diags *diag.Diagnostics) (replace path.Paths) {
	t.clusterURI = s.address(t.clusterURI, diags)
	if state == nil {
		return nil
	}
	for _, v := range []struct {
		attribute string
		planned   *types.String
		prior     types.String
		same      func(a, b string) bool
	}{
		{"cluster_uri", &t.clusterURI, state.clusterURI, kusto.SameCluster},
		{kusto.Database.NameAttribute(), &t.database, state.database, strings.EqualFold}, // database names have no case
		{t.kind.NameAttribute(), &t.name, state.name, sameString},
		{"role", &t.role, state.role, sameString},
	} {
		switch {
		case v.planned == &t.name && !t.kind.InsideDatabase():
		case v.planned == &t.clusterURI && v.prior.IsNull(): // moved from elsewhere and not refreshed
		case !v.planned.IsUnknown() && v.same(v.planned.ValueString(), v.prior.ValueString()):
			*v.planned = v.prior
		default:
			replace.Append(path.Root(v.attribute))
		}
	}
	return replace
}

func sameString(a, b string) bool { return a == b }

// importTarget reads the parts of an import id into a target, and gives what is
// behind them (the principal, for a member).
func importTarget(kind *kusto.Kind, id string, more ...string) (map[string]string, error) {
	names := append(targetAttributes(kind), more...)
	parts := strings.SplitN(id, "|", len(names))
	if len(parts) != len(names) {
		return nil, fmt.Errorf("the import id %q has %d parts, not %d; write %s", id, len(parts), len(names), importForm(kind, more...))
	}
	values := make(map[string]string, len(names))
	for i, name := range names {
		if strings.TrimSpace(parts[i]) == "" {
			return nil, fmt.Errorf("the import id %q has no %s; write %s", id, name, importForm(kind, more...))
		}
		values[name] = parts[i]
	}
	return values, nil
}

// importForm is the form of an import id, for messages and documentation.
func importForm(kind *kusto.Kind, more ...string) string {
	names := append(targetAttributes(kind), more...)
	return "<" + strings.Join(names, ">|<") + ">"
}

// identityAttributes is the identity of a resource: the parts of its import id.
func identityAttributes(kind *kusto.Kind, more ...string) identityschema.Schema {
	attributes := make(map[string]identityschema.Attribute)
	for _, name := range append(targetAttributes(kind), more...) {
		description := identityDescriptions[name]
		if description == "" {
			description = "The " + kind.Noun + ", upper and lower case as it was created."
		}
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: description}
	}
	return identityschema.Schema{Attributes: attributes}
}

var identityDescriptions = map[string]string{
	"cluster_uri":   "The address of the cluster.",
	"database_name": "The database.",
	"role":          "The role.",
	"principal_fqn": "The principal, in any form that Kusto reads.",
}

// stringOf is a value as a string; null for nothing.
func stringOf(v attr.Value) types.String {
	if s, ok := v.(types.String); ok {
		return s
	}
	return types.StringNull()
}

// boolOf is a value as a bool; null for nothing.
func boolOf(v attr.Value) types.Bool {
	if b, ok := v.(types.Bool); ok {
		return b
	}
	return types.BoolNull()
}

// optional is a string that is null when it is empty.
func optional(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// attributeSetter is a state, or an identity, that takes one attribute at a time.
type attributeSetter interface {
	SetAttribute(ctx context.Context, p path.Path, value any) diag.Diagnostics
}

func setAll(ctx context.Context, to attributeSetter, values map[string]string) (diags diag.Diagnostics) {
	for name, value := range values {
		diags.Append(to.SetAttribute(ctx, path.Root(name), value)...)
	}
	return diags
}
