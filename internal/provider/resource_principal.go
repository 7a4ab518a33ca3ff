// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// principalResource is kusto_<type>_principal: one role of one principal.
type principalResource struct{ crudResource[*principalModel] }

var (
	_ resource.ResourceWithConfigure   = (*principalResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*principalResource)(nil)
	_ resource.ResourceWithImportState = (*principalResource)(nil)
	_ resource.ResourceWithIdentity    = (*principalResource)(nil)
)

func newPrincipalResource(t *kusto.SecurableType) *principalResource {
	r := &principalResource{}
	r.securableResource = newSecurableResource(t, "kusto_"+t.Slug+"_principal", path.Root(principalAttribute), principalAttribute)
	r.ofOneRole(r)
	return r
}

// Metadata says that an update may move the grant to another principal or role.
func (r *principalResource) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.crudResource.Metadata(ctx, req, resp)
	resp.ResourceBehavior.MutableIdentity = true
}

const principalForms = "`aaduser=<UPN>`, `aadgroup=<object id>;<tenant>`, `aadapp=<application id>;<tenant>` or another form in [Principals](../guides/principals.md)."

func (r *principalResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.attributes(ctx)
	attributes[principalAttribute] = schema.StringAttribute{
		Required: true, CustomType: principalFQNType,
		MarkdownDescription: "Fully qualified name of the principal, such as " + principalForms +
			" Different forms for the same principal are equal. Changing this to another principal grants it the role, and then revokes the old grant.",
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
	t := r.securableType
	inheritance := fmt.Sprintf("Inherited roles (such as `AllDatabasesAdmin`%s) are not grants on the %s.", inheritedExample(t), t.Noun)
	more := prerequisites(t) + fmt.Sprintf("~> Do not use this resource together with a `kusto_%s_role` for the same role of the same %s. "+
		"That resource owns the whole list, and its plans remove what it does not list.", t.Slug, t.Noun)
	if t == kusto.Cluster {
		inheritance, more = clusterInheritance, clusterRoles
	}
	return fmt.Sprintf("Grants a role on %[1]s to one principal. It adds and removes exactly this grant (`.add %[2]s`, `.drop %[2]s`) and leaves all others unchanged.\n\n"+
		"An existing grant is adopted. %[3]s\n\n"+
		"The identity that runs Terraform needs the role %[4]s. Destroying the resource revokes the grant.\n\n%[5]s",
		t.One(), t.Keyword, inheritance, t.ManagedBy, more)
}

const (
	clusterInheritance = "The role counts for every database of the cluster, and is an inherited role in the lists of their principals."
	clusterRoles       = "~> Microsoft's documentation contradicts itself on whether a command can change the roles of a cluster. " +
		"The page [Security roles overview](https://learn.microsoft.com/kusto/management/security-roles) says that none can. The instructions for the Kusto tools of Azure SRE Agent tell customers to run `.add cluster`. " +
		"If your cluster refuses the command, the error says so and nothing has changed. Use `azurerm_kusto_cluster_principal_assignment` of the azurerm provider then. " +
		"Do not manage the same grant with both. In Fabric, the workspace has these roles.\n\n" +
		"There is no resource that manages all principals of a role on a cluster."
)

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

func (r *principalResource) create(ctx context.Context, client *kusto.Client, m *principalModel, _ kusto.DropOptions, diags *diag.Diagnostics) bool {
	return r.grant(ctx, client, m, diags)
}

// grant grants the role, and completes the model. It returns false if the principal does
// not hold it.
func (r *principalResource) grant(ctx context.Context, client *kusto.Client, m *principalModel, diags *diag.Diagnostics) bool {
	added, err := client.AddPrincipal(ctx, m.securable(), m.kustoRole(), m.fqn(), m.notes.ValueString())
	if err != nil {
		r.operation("grant", m).addError(diags, err)
		return false
	}
	if added.Ambiguous {
		diags.Append(ambiguousWarning(m))
	}
	m.stored = nil
	if g := added.Grant; g != nil && known(m.notes) && !g.NotesHidden && g.Notes != m.notes.ValueString() {
		added.Grant = r.setNotes(ctx, client, m, g, diags)
	}
	planned := m.notes
	if m.fill(added.Grant); !planned.IsUnknown() {
		m.notes = planned // those of another resource, or by hand, are for the next plan
	}
	return true
}

// setNotes changes the notes of a grant, and returns its row. Notes that the service stores
// differently are a warning, and are remembered: they are no reason to change them again.
func (r *principalResource) setNotes(ctx context.Context, client *kusto.Client, m *principalModel, g *kusto.Grant, diags *diag.Diagnostics) *kusto.Grant {
	name, asked := m.principal.ValueString(), m.notes.ValueString()
	changed, err := client.SetNotes(ctx, m.securable(), m.kustoRole(), g.Principal, asked)
	if err != nil {
		r.operation("change the notes of", m).addError(diags, err)
		return g
	}
	r.store(m.common(), map[string]string{name: asked}, map[string]*kusto.Grant{name: changed.Grant}, diags)
	if changed.Grant == nil {
		return g
	}
	return changed.Grant
}

func (r *principalResource) read(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, m *principalModel, diags *diag.Diagnostics) bool {
	found := client.Resolve(ctx, list, m.kustoRole(), []kusto.FQN{m.commandFQN()}, false)[0]
	if !found.Held() {
		return false
	}
	if found.Ambiguous {
		diags.Append(ambiguousWarning(m))
	}
	m.fill(found.Grant)
	return true
}

// update moves the grant to another principal or role, or changes its notes. All else is
// configuration of the provider. The new grant comes first, and a failure leaves the old one.
func (r *principalResource) update(ctx context.Context, client *kusto.Client, m, state *principalModel, drop kusto.DropOptions, diags *diag.Diagnostics) bool {
	switch {
	case m.target != state.target || m.principal != state.principal:
		if !r.grant(ctx, client, m, diags) || diags.HasError() {
			return false
		}
		granted := fmt.Sprintf("Granted before the error: the role %s to %s. The next apply revokes the old grant.", m.role.ValueString(), m.principal.ValueString())
		return r.revoke(ctx, client, state, drop, granted, diags)
	case m.displayName.IsUnknown(), r.session.declarations.isReleased(m.declarationKey(), r.held(state)): // another resource may have revoked the grant
		return r.grant(ctx, client, m, diags)
	case known(m.notes) && m.notes.ValueString() != state.notes.ValueString():
		r.setNotes(ctx, client, m, state.grant(), diags)
		return !diags.HasError()
	}
	return true
}

func (r *principalResource) delete(ctx context.Context, client *kusto.Client, state *principalModel, drop kusto.DropOptions, diags *diag.Diagnostics) {
	r.revoke(ctx, client, state, drop, "", diags)
}

// revoke revokes the grant of the state, unless it is to be kept. It returns false after an
// error, which says what was done before.
func (r *principalResource) revoke(ctx context.Context, client *kusto.Client, state *principalModel, drop kusto.DropOptions, done string, diags *diag.Diagnostics) bool {
	_, err := client.DropPrincipal(ctx, state.securable(), state.kustoRole(), state.commandFQN(), drop)
	if err != nil {
		o := r.operation("revoke", state)
		o.revoking, o.done = true, done
		o.addError(diags, err)
	}
	return err == nil
}

// planCreate has nothing to plan: a new grant removes nobody.
func (r *principalResource) planCreate(_ context.Context, _, _ *principalModel, _ *diag.Diagnostics) {
}

// planUpdate keeps the principal of the state if the planned name is another spelling of
// it. Another principal or role is another grant, in place.
func (r *principalResource) planUpdate(ctx context.Context, config, m, state *principalModel, resp *resource.ModifyPlanResponse) {
	if m.principal != state.principal {
		m.learn(ctx, r.session.tenants(), m.principal.ValueString())
	}
	switch {
	case m.target == state.target && r.isSamePrincipal(ctx, state, m, &resp.Diagnostics):
		m.principal = state.principal
		return
	case r.replaces(m.target, state.target):
		r.planDelete(ctx, state, &resp.Diagnostics)
		return
	}
	m.resolvedFQN, m.typ, m.displayName, m.objectID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	if m.id = types.StringUnknown(); m.complete() && !m.principal.IsUnknown() {
		m.id = importID(m.identity())
	}
	if config.notes.IsNull() {
		m.notes = types.StringUnknown() // those of the new grant
	}
	r.checkRevoked(ctx, state, m, &resp.Diagnostics)
}

// planDelete refuses to revoke a grant if that locks someone out.
func (r *principalResource) planDelete(ctx context.Context, state *principalModel, diags *diag.Diagnostics) {
	r.checkRevoked(ctx, state, nil, diags)
}

// checkRevoked refuses to revoke the grant of the state for the planned one, which may be
// nil, if that locks someone out.
func (r *principalResource) checkRevoked(ctx context.Context, state, planned *principalModel, diags *diag.Diagnostics) {
	from := *state.common()
	if planned != nil {
		from.allowLockout = planned.allowLockout
	}
	r.checkLockout(ctx, &from, r.operation("revoke", state), func(_ *kusto.Client, list *kusto.PrincipalList) (revoked []*kusto.Grant, granted []kusto.FQN) {
		if g := list.Find(state.kustoRole(), state.commandFQN()); g != nil {
			revoked = append(revoked, g)
		}
		if planned != nil && planned.kustoRole() == state.kustoRole() && !planned.principal.IsUnknown() {
			granted = append(granted, planned.fqn())
		}
		return revoked, granted
	}, diags)
}

func (r *principalResource) declared(m, state *principalModel) (grantPlan, bool) {
	g := &plannedGrant{name: m.fqn(), notes: m.notes.ValueString()}
	if isHeld := m.target == state.target && m.principal == state.principal; isHeld && known(state.resolvedFQN) {
		g.row = state.grant()
	} else {
		g.ambiguous = isHeld
	}
	return grantPlan{owned: []*plannedGrant{g}}, !m.principal.IsUnknown()
}

func (r *principalResource) held(state *principalModel) []*plannedGrant {
	g := &plannedGrant{name: state.commandFQN(), ambiguous: !known(state.resolvedFQN)}
	if !g.ambiguous {
		g.row = state.grant()
	}
	return []*plannedGrant{g}
}

func (r *principalResource) released(m, state *principalModel) []*plannedGrant {
	if m.target == state.target && m.principal == state.principal {
		return nil
	}
	return r.held(state)
}

func (r *principalResource) regrant(m *principalModel) {
	m.displayName = types.StringUnknown()
}

func (r *principalResource) newNames(m, state *principalModel) []kusto.FQN {
	if m.principal.IsUnknown() || m.target == state.target && m.principal == state.principal {
		return nil
	}
	return []kusto.FQN{m.fqn()}
}

// isSamePrincipal reports whether the planned name means the principal of the state.
// It asks Kusto only if the ids and the UPN in the state are not conclusive.
func (r *principalResource) isSamePrincipal(ctx context.Context, state, planned *principalModel, diags *diag.Diagnostics) bool {
	if planned.principal == state.principal {
		return true
	}
	held, name := state.grant(), planned.fqn()
	switch {
	case planned.principal.IsUnknown(), held.IsNot(name):
		return false
	case name.Equal(state.fqn()), held.Is(name):
		return true
	case !r.session.canSignIn():
		return false
	}
	var ignored diag.Diagnostics // the URI was valid when the state was written
	client := r.session.client(state.clusterURI, &ignored)
	if client == nil {
		return false
	}
	list, err := client.PrincipalsSoon(ctx, state.securable())
	if err != nil {
		check := r.operationOn(state.target, fmt.Sprintf("check whether %s and %s are the same principal", state.principal.ValueString(), planned.principal.ValueString()))
		check.addUnchecked(diags, err, "The plan takes them for two principals.")
		return false
	}
	found := client.Resolve(ctx, list, state.kustoRole(), []kusto.FQN{name}, false)[0].Grant
	return found != nil && found.Principal.Equal(held.Principal)
}

func (r *principalResource) model(object types.Object) *principalModel {
	return readPrincipalModel(r.securableType, object)
}

// prepositions are the words between a verb and the principal.
var prepositions = map[string]string{"grant": "to", "read": "of", "change the notes of": "for", "revoke": "from"}

func (r *principalResource) operation(verb string, m *principalModel) operation {
	o := r.operationOn(m.target, fmt.Sprintf("%s %s of %s %s %s", verb, m.role.ValueString(), m.securable(), prepositions[verb], m.principal.ValueString()))
	o.writes = verb != "read"
	return o
}

// ambiguousWarning says that no row of Kusto's identifies the principal.
func ambiguousWarning(m *principalModel) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(principalAttribute), "Ambiguous principal",
		fmt.Sprintf("%s holds the role %s on %s, but several principals in Kusto's list could be it, and the identity that runs Terraform is not allowed to look it up. "+
			"The grant is managed by the name as written. If it is removed outside of Terraform, that may go unnoticed. "+
			"To identify the principal, write it as <object id>;<tenant id>.",
			m.principal.ValueString(), m.role.ValueString(), m.securable()))
}
