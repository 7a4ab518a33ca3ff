package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// How long an operation may take where timeouts do not say.
const (
	writeTimeout = 15 * time.Minute
	readTimeout  = 5 * time.Minute
)

// principalResource is kusto_<kind>_principal: one principal in one role.
type principalResource struct{ securableResource }

var (
	_ resource.ResourceWithConfigure   = (*principalResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*principalResource)(nil)
	_ resource.ResourceWithImportState = (*principalResource)(nil)
	_ resource.ResourceWithIdentity    = (*principalResource)(nil)
)

func newPrincipalResource(kind *kusto.Kind) func() resource.Resource {
	return func() resource.Resource { return newPrincipal(kind) }
}

func principalTypeName(kind *kusto.Kind) string { return "kusto_" + kind.Slug + "_principal" }

func newPrincipal(kind *kusto.Kind) *principalResource {
	return &principalResource{securableResource{kind: kind, typeName: principalTypeName(kind), more: []string{principalAttribute}}}
}

func (r *principalResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = principalSchema(ctx, r.kind)
}

func (r *principalResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Create, writeTimeout, &resp.Diagnostics)
	defer cancel()
	cluster := r.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	f := r.failure("grant", "to", m)
	wanted := m.notes
	grant, err := cluster.Add(ctx, m.securable(), m.kustoRole(), m.fqn(), wanted.ValueStringPointer())
	if err != nil {
		f.add(&resp.Diagnostics, err)
		return
	}
	if grant == nil {
		resp.Diagnostics.Append(indistinct(m))
	}
	if grant != nil && isSet(wanted) && !grant.NotesHidden && grant.Notes != wanted.ValueString() {
		changed, err := cluster.SetNotes(ctx, m.securable(), m.kustoRole(), grant.Principal, wanted.ValueString(), m.allowLockout.ValueBool())
		if err != nil {
			r.failure("change the notes of", "for", m).add(&resp.Diagnostics, err)
		} else {
			grant = changed
		}
	}
	m.fill(grant)
	save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *principalResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	m, state := r.read(ctx, req.State, &resp.Diagnostics)
	m.clusterURI = r.session.address(m.clusterURI, &resp.Diagnostics) // a moved state may have none
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	cluster := r.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	grant, found, err := r.find(ctx, cluster, m)
	switch {
	case err != nil:
		r.failure("read", "of", m).add(&resp.Diagnostics, err)
		return
	case !found:
		gone(ctx, m, resp)
		return
	case grant == nil:
		resp.Diagnostics.Append(indistinct(m))
	}
	m.fill(grant)
	if m.allowLockout.IsNull() {
		m.allowLockout = types.BoolValue(false) // after an import: what leaving it out means
	}
	save(ctx, m, state, &resp.State, resp.Identity, &resp.Diagnostics)
}

// find looks the grant up. A nil grant that was found is in the list, and
// nothing tells which of several rows it is.
func (r *principalResource) find(ctx context.Context, cluster *kusto.Cluster, m principalModel) (grant *kusto.Grant, found bool, err error) {
	picture, err := cluster.Picture(ctx, m.securable())
	if kusto.KindOf(err) == kusto.SecurableNotFound {
		return nil, false, nil // gone with what it was granted on
	}
	if err != nil {
		return nil, false, err
	}
	if resolved, err := kusto.ParseFQN(m.resolved.ValueString()); err == nil {
		grant, found = picture.Find(m.kustoRole(), resolved)
		return grant, found, nil
	}
	grant, ambiguous := cluster.Identify(ctx, picture, m.kustoRole(), m.fqn())
	return grant, grant != nil || ambiguous, nil
}

func (r *principalResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	prior, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Update, writeTimeout, &resp.Diagnostics)
	defer cancel()
	cluster := r.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	if isSet(m.notes) && m.notes.ValueString() != prior.notes.ValueString() {
		grant, err := cluster.SetNotes(ctx, m.securable(), m.kustoRole(), m.effective(), m.notes.ValueString(), m.allowLockout.ValueBool())
		if err != nil {
			r.failure("change the notes of", "for", m).add(&resp.Diagnostics, err)
			return
		}
		m.fill(grant)
	}
	m.id = m.importID()
	save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *principalResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	m, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := within(ctx, timeoutsOf(m.timeouts).Delete, writeTimeout, &resp.Diagnostics)
	defer cancel()
	cluster := r.cluster(m.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	if err := cluster.Drop(ctx, m.securable(), m.kustoRole(), m.effective(), m.allowLockout.ValueBool()); err != nil {
		r.failure("revoke", "from", m).add(&resp.Diagnostics, err)
	}
}

func (r *principalResource) read(ctx context.Context, from getter, diags *diag.Diagnostics) (principalModel, types.Object) {
	var object types.Object
	diags.Append(from.Get(ctx, &object)...)
	return readPrincipalModel(r.kind, object), object
}

func (r *principalResource) failure(verb, preposition string, m principalModel) failure {
	return failure{
		session: r.session, securable: m.securable(), principal: path.Root(principalAttribute),
		doing: fmt.Sprintf("%s %s of %s %s %s", verb, m.role.ValueString(), m.securable(), preposition, m.principal.ValueString()),
	}
}

// indistinct warns that Kusto's answers do not tell which row is the principal.
func indistinct(m principalModel) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(principalAttribute), "Kusto does not tell which principal this is",
		fmt.Sprintf("%s holds the role %s on %s, but several rows of Kusto's list could be it, and the caller may not ask which. "+
			"The grant is managed by the name as written, and its removal behind Terraform's back may go unseen. "+
			"Write the principal as <object id>;<tenant id> to have it told apart.",
			m.principal.ValueString(), m.role.ValueString(), m.securable()))
}

// isSet reports whether a value is known and not null.
func isSet(s types.String) bool { return !s.IsNull() && !s.IsUnknown() }
