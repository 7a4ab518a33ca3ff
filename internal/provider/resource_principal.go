// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalResource is kusto_<type>_principal: one role of one principal.
type principalResource struct{ securableResource }

var (
	_ resource.ResourceWithConfigure   = (*principalResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*principalResource)(nil)
	_ resource.ResourceWithImportState = (*principalResource)(nil)
	_ resource.ResourceWithIdentity    = (*principalResource)(nil)
)

func newPrincipalResource(t *kusto.SecurableType) *principalResource {
	return &principalResource{newSecurableResource(t, "kusto_"+t.Slug+"_principal", principalAttribute)}
}

const principalForms = "`aaduser=<UPN>`, `aaduser=<UPN>;<tenant>`, `aaduser=<object id>;<tenant>`, `aadgroup=<email>`, `aadgroup=<display name>;<tenant>`, " +
	"`aadgroup=<object id>;<tenant>`, `aadapp=<application id>;<tenant>`, `aadapp=<display name>;<tenant>` (also for a managed identity, with its client ID or object ID), `msauser=<UPN>`. " +
	"The tenant is an ID or a domain name. The object ID of a user and a display name require a tenant. The object ID of a group or an application ID without a tenant belongs to the cluster's tenant. Groups must be security-enabled."

func (r *principalResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.attributes(ctx)
	attributes[principalAttribute] = schema.StringAttribute{
		Required: true, CustomType: principalFQNType,
		MarkdownDescription: "Fully qualified name of the principal: " + principalForms +
			" Different forms for the same principal are equal. Changing this to another principal forces a new resource to be created.",
	}
	attributes["notes"] = schema.StringAttribute{
		Optional: true, Computed: true, Validators: []validator.String{notesText}, PlanModifiers: keepState(),
		MarkdownDescription: "Free-text notes stored with the grant. If omitted, existing notes are left unchanged.",
	}
	for name, description := range map[string]string{
		"resolved_fqn":           "The principal as resolved by Kusto: object or application ID and tenant ID. Used to identify the grant.",
		"principal_type":         "Type of the principal. Possible values are " + codeList(kusto.PrincipalTypes()) + ".",
		"principal_display_name": "Display name of the principal. Kusto shows none for principals of other tenants.",
		"principal_object_id":    "Object ID of the principal in Microsoft Entra ID, if Kusto returns it.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, PlanModifiers: keepState(), MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{MarkdownDescription: r.description(), Attributes: attributes}
}

func (r *principalResource) description() string {
	return fmt.Sprintf("Grants a role on %[6]s to one principal. It adds and removes exactly this grant (`.add %[2]s`, `.drop %[2]s`) and leaves all others unchanged.\n\n"+
		"An existing grant is adopted. Inherited roles (such as `AllDatabasesAdmin`%[3]s) are not grants on the %[1]s.\n\n"+
		"The identity that runs Terraform needs the role %[4]s. Destroying the resource revokes the grant.\n\n"+prerequisites(r.securableType)+
		"~> Do not use this resource together with a `kusto_%[5]s_role` for the same role of the same %[1]s. That resource owns the whole list, and each would undo the other's changes.",
		r.securableType.Noun, r.securableType.Keyword, inheritedExample(r.securableType), r.securableType.ManagedBy, r.securableType.Slug, r.securableType.One())
}

// prerequisites says which roles on the database a principal needs, as a paragraph. Empty
// if it needs none.
func prerequisites(t *kusto.SecurableType) string {
	var needs []string
	for _, r := range t.Roles {
		if text := t.NeedsText(r); text != "" {
			needs = append(needs, fmt.Sprintf("for `%s`, %s", r, text))
		}
	}
	text := ""
	if len(needs) > 0 {
		text = "Some roles require another role first: " + strings.Join(needs, "; ") + ". " +
			"If that role is missing, the provider retries the grant for up to one minute. " +
			"Use `depends_on` to grant that role first.\n\n"
	}
	if t == kusto.Database {
		text += "The grants on a database that follows a database of another cluster are not managed: such a database is read-only. Grant the role on the database that it follows.\n\n"
	}
	return text
}

func inheritedExample(t *kusto.SecurableType) string {
	if t.InsideDatabase() {
		return ", or the admins of its database"
	}
	return ""
}

func (r *principalResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Create, writeTimeout, &resp.Diagnostics)
	defer cancel()
	client := r.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	added, err := client.AddPrincipal(ctx, m.securable(), m.kustoRole(), m.fqn(), m.notes.ValueString())
	if err != nil {
		r.operation("grant", "to", m).addError(&resp.Diagnostics, err)
		return
	}
	if added.Ambiguous {
		resp.Diagnostics.Append(ambiguousWarning(m))
	}
	if g := added.Grant; g != nil && known(m.notes) && !g.NotesHidden && g.Notes != m.notes.ValueString() {
		added, err = client.SetNotes(ctx, m.securable(), m.kustoRole(), g.Principal, m.notes.ValueString(), m.allowLockout.ValueBool())
		if err != nil {
			r.operation("change the notes of", "for", m).addError(&resp.Diagnostics, err)
			added.Grant = g
		}
	}
	m.fill(added.Grant)
	save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *principalResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	m, state := r.read(ctx, req.State, &resp.Diagnostics)
	m.clusterURI = r.session.address(m.clusterURI, &resp.Diagnostics) // a moved state may have none
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	client := r.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	list, err := client.Principals(ctx, m.securable())
	if isNotFound(err) {
		remove(ctx, m, resp)
		return
	}
	if err != nil {
		r.operation("read", "of", m).addError(&resp.Diagnostics, err)
		return
	}
	found := client.Resolve(ctx, list, m.kustoRole(), []kusto.FQN{m.resolved()}, false)[0]
	if !found.Held() {
		remove(ctx, m, resp)
		return
	}
	if found.Ambiguous {
		resp.Diagnostics.Append(ambiguousWarning(m))
	}
	m.fill(found.Grant)
	if m.allowLockout.IsNull() {
		m.allowLockout = types.BoolValue(false) // the default, after an import
	}
	refresh(ctx, m, state, resp)
}

// Update changes notes; all else is configuration of the provider. The computed
// attributes stay as planned.
func (r *principalResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	prior, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Update, writeTimeout, &resp.Diagnostics)
	defer cancel()
	client := r.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	if known(m.notes) && m.notes.ValueString() != prior.notes.ValueString() {
		if _, err := client.SetNotes(ctx, m.securable(), m.kustoRole(), m.resolved(), m.notes.ValueString(), m.allowLockout.ValueBool()); err != nil {
			r.operation("change the notes of", "for", m).addError(&resp.Diagnostics, err)
			return
		}
	}
	forgetInstance(ctx, resp.Private, &resp.Diagnostics)
	save(ctx, m, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *principalResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	m, _ := r.read(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Delete, writeTimeout, &resp.Diagnostics)
	defer cancel()
	client := r.client(m.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	kept, err := client.DropPrincipal(ctx, m.securable(), m.kustoRole(), m.resolved(), m.allowLockout.ValueBool())
	if err != nil {
		o := r.operation("revoke", "from", m)
		o.revoking = true
		o.addError(&resp.Diagnostics, err)
	}
	if kept {
		tflog.Info(ctx, "the grant was not revoked: another resource has granted it in this run", map[string]any{"id": m.id.ValueString()})
	}
}

// ModifyPlan plans what only the provider's configuration and Kusto can tell: the
// cluster, whether another spelling is the same principal, lockouts, and grants that
// other resources plan too.
func (r *principalResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state, _ := r.read(ctx, req.State, &resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		ctx, cancel := withTimeout(ctx, timeoutsOf(state.timeouts).Read, readTimeout, &resp.Diagnostics)
		defer cancel()
		r.checkLockout(ctx, state, resp)
		return
	}
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	config, _ := r.read(ctx, req.Config, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, timeoutsOf(m.timeouts).Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		r.planCluster(config.clusterURI, &m.target, nil, resp)
	} else {
		r.planCluster(config.clusterURI, &m.target, &state.target, resp)
		switch {
		case m.target == state.target && r.isSamePrincipal(ctx, state, m, &resp.Diagnostics):
			m.principal = state.principal
		case m.principal != state.principal:
			resp.RequiresReplace.Append(path.Root(principalAttribute))
		}
		if m.target != state.target || m.principal != state.principal {
			r.checkLockout(ctx, state, resp)
		}
	}
	r.planGrant(planInstance(ctx, req, resp), m, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	object, diags := m.object(ctx, plan)
	resp.Diagnostics.Append(diags...)
	if !object.Equal(plan) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, object)...)
	}
}

// isSamePrincipal reports whether the planned name means the principal of the state.
// It asks Kusto only if neither the ids nor the UPN in the state tell.
func (r *principalResource) isSamePrincipal(ctx context.Context, state, planned principalModel, diags *diag.Diagnostics) bool {
	if planned.principal == state.principal {
		return true
	}
	held, name := state.grant(), planned.fqn()
	switch {
	case planned.principal.IsUnknown(), held.IsNot(name):
		return false
	case name.Equal(state.fqn()), held.Is(name):
		return true
	case !r.session.usable():
		return false
	}
	var ignored diag.Diagnostics // the URI was valid when the state was written
	client := r.session.client(state.clusterURI, &ignored)
	if client == nil {
		return false
	}
	list, err := client.Principals(ctx, state.securable())
	if err != nil {
		r.samenessCheck(state, planned).addUnchecked(diags, err, "The plan takes them for two principals, and so replaces the grant.")
		return false
	}
	found := client.Resolve(ctx, list, state.kustoRole(), []kusto.FQN{name}, false)[0].Grant
	return found != nil && found.Principal.Equal(held.Principal)
}

// checkLockout refuses to plan a revocation that locks someone out. It warns of an error
// of another kind; the apply checks again.
func (r *principalResource) checkLockout(ctx context.Context, state principalModel, resp *resource.ModifyPlanResponse) {
	if resp.Diagnostics.HasError() || state.kustoRole() != kusto.Admins || state.allowLockout.ValueBool() || !r.session.usable() {
		return
	}
	client := r.session.client(state.clusterURI, &resp.Diagnostics)
	if client == nil {
		return
	}
	list, err := client.Principals(ctx, state.securable())
	if err == nil {
		if leaving := list.Find(kusto.Admins, state.resolved()); leaving != nil {
			err = client.CheckLockout(ctx, list, kusto.Admins, []*kusto.Grant{leaving}, nil)
		}
	}
	switch {
	case errors.Is(err, kusto.ErrLockout):
		r.operation("revoke", "from", state).addError(&resp.Diagnostics, err)
	case err != nil:
		r.lockoutCheck(state.target).addUnchecked(&resp.Diagnostics, err, checkedAtApply)
	}
}

func (r *principalResource) read(ctx context.Context, from getter, diags *diag.Diagnostics) (principalModel, types.Object) {
	object := readObject(ctx, from, diags)
	return readPrincipalModel(r.securableType, object), object
}

func (r *principalResource) operation(verb, preposition string, m principalModel) operation {
	return operation{
		session: r.session, securable: m.securable(), role: kusto.Role(m.role.ValueString()), principal: path.Root(principalAttribute),
		action: fmt.Sprintf("%s %s of %s %s %s", verb, m.role.ValueString(), m.securable(), preposition, m.principal.ValueString()),
	}
}

// ambiguousWarning says that Kusto's answers do not tell which row is the principal.
func ambiguousWarning(m principalModel) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(principalAttribute), "Ambiguous principal",
		fmt.Sprintf("%s holds the role %s on %s, but several principals in Kusto's list could be it, and the identity that runs Terraform is not allowed to look it up. "+
			"The grant is managed by the name as written. If it is removed outside of Terraform, that may go unnoticed. "+
			"To identify the principal, write it as <object id>;<tenant id>.",
			m.principal.ValueString(), m.role.ValueString(), m.securable()))
}
