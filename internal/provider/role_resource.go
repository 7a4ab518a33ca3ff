package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleResource is kusto_<kind>_role: everyone in one role.
type roleResource struct{ securableResource }

var (
	_ resource.ResourceWithConfigure   = (*roleResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roleResource)(nil)
	_ resource.ResourceWithImportState = (*roleResource)(nil)
	_ resource.ResourceWithIdentity    = (*roleResource)(nil)
)

func newRoleResource(kind *kusto.Kind) func() resource.Resource {
	return func() resource.Resource {
		return &roleResource{securableResource{kind: kind, typeName: roleTypeName(kind)}}
	}
}

func roleTypeName(kind *kusto.Kind) string { return "kusto_" + kind.Slug + "_role" }

func (r *roleResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = roleSchema(ctx, r.kind)
}

func (r *roleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Create, writeTimeout, &resp.Diagnostics)
	defer cancel()
	if r.set(ctx, &m, &resp.Diagnostics) {
		save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

func (r *roleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	prior, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Update, writeTimeout, &resp.Diagnostics)
	defer cancel()
	if m.principals.Equal(prior.principals) {
		m.members = prior.members // only how it is managed changed
	} else if !r.set(ctx, &m, &resp.Diagnostics) {
		return
	}
	m.id = m.importID()
	save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

// set makes the planned principals the role's whole list. Members that the plan
// shows as staying keep what it shows of them; the next refresh brings the rest
// up to date.
func (r *roleResource) set(ctx context.Context, m *roleModel, diags *diag.Diagnostics) bool {
	cluster := r.cluster(m.clusterURI, diags)
	if cluster == nil {
		return false
	}
	names, _ := m.written()
	asked := parseAll(names)
	effective := m.effective(names)
	picture, err := cluster.Set(ctx, m.securable(), m.kustoRole(), effective, m.allowLockout.ValueBool())
	if err != nil {
		r.failure("set", *m).add(diags, err)
		return false
	}
	members := make(map[string]attr.Value, len(names))
	planned := m.members.Elements()
	matching := cluster.Match(ctx, picture, m.kustoRole(), effective, true)
	for i, name := range names {
		if object, ok := planned[name]; ok && !object.Equal(unknownMember) {
			members[name] = object
			continue
		}
		if matching.Grants[i] == nil && !matching.Indistinct[i] {
			r.failure("set", *m).add(diags, notListed(asked[i]))
		}
		members[name] = memberObject(name, matching.Grants[i])
	}
	m.setMembers(members)
	m.id = m.importID()
	return true
}

func notListed(f kusto.FQN) error {
	return &kusto.Error{Kind: kusto.NotApplied, Message: "Kusto accepted the command, but its answer does not list " + f.String()}
}

func (r *roleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	m, state := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	cluster := r.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	picture, err := cluster.Picture(ctx, m.securable())
	switch {
	case kusto.KindOf(err) == kusto.SecurableNotFound:
		gone(ctx, m, resp) // with what it was granted on
		return
	case err != nil:
		r.failure("read", m).add(&resp.Diagnostics, err)
		return
	}
	m.refresh(ctx, cluster, picture)
	m.id = m.importID()
	if m.allowLockout.IsNull() {
		m.allowLockout = types.BoolValue(false) // after an import: what leaving it out means
	}
	save(ctx, m, state, &resp.State, resp.Identity, &resp.Diagnostics)
}

// refresh takes over who holds the role now: those it knows under the names they
// were written with, strangers under their resolved ones.
func (m *roleModel) refresh(ctx context.Context, cluster *kusto.Cluster, picture *kusto.Picture) {
	names := m.memberNames()
	matching := cluster.Match(ctx, picture, m.kustoRole(), m.effective(names), false)
	members := make(map[string]attr.Value)
	for i, name := range names {
		if matching.Grants[i] != nil || matching.Indistinct[i] {
			members[name] = memberObject(name, matching.Grants[i])
		}
	}
	for _, g := range matching.Strangers {
		name := canonical(g.Principal)
		members[name] = memberObject(name, g)
	}
	m.setMembers(members)
}

func (r *roleResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	m, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Delete, writeTimeout, &resp.Diagnostics)
	defer cancel()
	cluster := r.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	if _, err := cluster.Set(ctx, m.securable(), m.kustoRole(), nil, m.allowLockout.ValueBool()); err != nil {
		r.failure("empty", m).add(&resp.Diagnostics, err)
	}
}

func (r *roleResource) read(ctx context.Context, from getter, diags *diag.Diagnostics) (roleModel, types.Object) {
	var object types.Object
	diags.Append(from.Get(ctx, &object)...)
	return readRoleModel(r.kind, object), object
}

func (r *roleResource) failure(verb string, m roleModel) failure {
	return failure{
		session: r.session, securable: m.securable(), principal: path.Root("principals"),
		doing: fmt.Sprintf("%s the %s of %s", verb, m.role.ValueString(), m.securable()),
	}
}
