// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// securableResource is the common part of the resources: each is about a role of one
// type of securable.
type securableResource struct {
	securableType *kusto.SecurableType
	typeName      string
	identityNames []string  // the parts of the identity and of the import id, in order
	principals    path.Path // the attribute with the principal or principals
	ownsRole      bool      // the resource manages the whole role
	keptKey       string    // where private data has the grants that other resources declare
	session       *session
}

func newSecurableResource(t *kusto.SecurableType, typeName string, principals path.Path, more ...string) securableResource {
	return securableResource{securableType: t, typeName: typeName, principals: principals, keptKey: "declared_elsewhere", identityNames: append(append(t.NameAttributes(), "role"), more...)}
}

// identity are the values of a model's identity and of its import id.
func (r *securableResource) identity(m securableModel) []namedValue {
	return slices.DeleteFunc(m.identity(), func(v namedValue) bool { return !slices.Contains(r.identityNames, v.name) })
}

func (r *securableResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.typeName
}

func (r *securableResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData)
}

// steps are what each resource does in its own way. M is its model.
type steps[M securableModel] interface {
	model(object types.Object) M
	operation(verb string, m M) operation

	// create and update write the planned model to Kusto and complete it. They return
	// false if there is nothing to save. Drop says what they must not revoke.
	create(ctx context.Context, client *kusto.Client, m M, drop kusto.DropOptions, diags *diag.Diagnostics) bool
	update(ctx context.Context, client *kusto.Client, m, state M, drop kusto.DropOptions, diags *diag.Diagnostics) bool
	delete(ctx context.Context, client *kusto.Client, state M, drop kusto.DropOptions, diags *diag.Diagnostics)
	// read completes the model from the principals of the securable. It returns false if
	// the resource no longer exists.
	read(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, m M, diags *diag.Diagnostics) bool

	planCreate(ctx context.Context, m M, diags *diag.Diagnostics)
	planUpdate(ctx context.Context, config, m, state M, resp *resource.ModifyPlanResponse)
	planDelete(ctx context.Context, state M, diags *diag.Diagnostics)
	// declared are the grants that the plan declares; false while they are unknown.
	declared(m, state M) (grantPlan, bool)
	// held are the grants of the state, and released those of them that the plan gives up
	// in the same securable.
	held(state M) []*plannedGrant
	released(m, state M) []*plannedGrant
	// regrant plans an update of an unchanged resource that grants what it declares again.
	regrant(m M)
	// newNames are the principals that the plan grants the role.
	newNames(m, state M) []kusto.FQN
}

// crudResource has the operations and the plan that all resources share. Own is the
// resource itself.
type crudResource[M securableModel] struct {
	securableResource
	own steps[M]
	// parts are the resource itself, or one for each role if it manages all roles of a
	// securable. Each has a model of its own: split reads them from an object, and join gives
	// the attributes of all, for an object that is like another one.
	parts []*crudResource[M]
	split func(types.Object) []M
	join  func(ms []M, like types.Object) map[string]attr.Value
}

// ofOneRole makes a resource that has one model.
func (r *crudResource[M]) ofOneRole(own steps[M]) {
	r.own, r.parts = own, []*crudResource[M]{r}
	r.split = func(object types.Object) []M { return []M{own.model(object)} }
	r.join = func(ms []M, _ types.Object) map[string]attr.Value { return ms[0].values() }
}

// load reads the models, and returns the object that they were read from too.
func (r *crudResource[M]) load(ctx context.Context, from getter, diags *diag.Diagnostics) ([]M, types.Object) {
	object := readObject(ctx, from, diags)
	return r.split(object), object
}

// start begins an operation. It returns the client of the model's cluster; nil after an
// error.
func (r *securableResource) start(ctx context.Context, m *commonModel, limit timeout, diags *diag.Diagnostics) (context.Context, context.CancelFunc, *kusto.Client) {
	ctx, cancel := limit.start(ctx, m, diags)
	if diags.HasError() {
		return ctx, cancel, nil
	}
	return ctx, cancel, r.session.client(m.clusterURI, diags)
}

// loadNamed is load, and learns the tenants of the principals that the models name.
func (r *crudResource[M]) loadNamed(ctx context.Context, from getter, diags *diag.Diagnostics) ([]M, types.Object) {
	ms, object := r.load(ctx, from, diags)
	for _, m := range ms {
		m.common().learn(ctx, r.session.tenants(), m.unproven()...)
	}
	return ms, object
}

// share gives all models what was found out for the first one.
func shareCluster[M securableModel](ms []M) {
	for _, m := range ms[1:] {
		m.common().clusterURI = ms[0].common().clusterURI
	}
}

// write lets each part write its model, all at once. It returns false if there is nothing to
// save. Verb is that of the operation.
func (r *crudResource[M]) write(
	ctx context.Context, client *kusto.Client, m M, verb string, diags *diag.Diagnostics, do func(p *crudResource[M], i int, diags *diag.Diagnostics) bool,
) (known bool) {
	if len(r.parts) > 1 { // all of them begin with the list: one error is enough
		if _, err := client.Principals(ctx, m.common().securable()); err != nil {
			if verb != "empty" || !isNotFound(err) {
				r.own.operation(verb, m).addError(diags, err)
			}
			return false
		}
	}
	found, saves := make([]diag.Diagnostics, len(r.parts)), make([]bool, len(r.parts))
	var writes sync.WaitGroup
	for i, p := range r.parts {
		writes.Go(func() { saves[i] = do(p, i, &found[i]) })
	}
	writes.Wait()
	for i := range r.parts {
		diags.Append(found[i]...)
		known = known || saves[i]
	}
	return known
}

func (r *crudResource[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ms, plan := r.loadNamed(ctx, req.Plan, &resp.Diagnostics)
	ctx, cancel, client := r.start(ctx, ms[0].common(), createTimeout, &resp.Diagnostics)
	defer cancel()
	if client != nil && r.write(ctx, client, ms[0], "change", &resp.Diagnostics, func(p *crudResource[M], i int, diags *diag.Diagnostics) bool {
		return p.own.create(ctx, client, ms[i], p.dropOptions(ctx, ms[i].common(), nil, resp.Private, diags), diags)
	}) {
		r.save(ctx, ms, plan, &resp.State, resp.Identity, resp.Private, &resp.Diagnostics)
	}
}

func (r *crudResource[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	ms, state := r.loadNamed(ctx, req.State, &resp.Diagnostics)
	readStoredNotes(ctx, ms[0], req.Private, &resp.Diagnostics)
	common := ms[0].common()
	moved := movedOf(ctx, req.Private, &resp.Diagnostics)
	isHere := r.locate(&common.target, moved, &resp.Diagnostics) // the resource's own cluster_uri is for the plan
	identity := r.identity(ms[0])
	if !isHere {
		setIdentity(ctx, resp.Identity, identity, &resp.Diagnostics)
		return
	}
	if moved != nil && moved.Read {
		setMoved(ctx, resp.Private, nil, &resp.Diagnostics)
	} else if moved != nil {
		setMoved(ctx, resp.Private, &movedFrom{ClusterName: moved.ClusterName, Read: true}, &resp.Diagnostics)
	}
	shareCluster(ms)
	ctx, cancel, client := r.start(ctx, common, readingTimeout, &resp.Diagnostics)
	defer cancel()
	if client == nil {
		return
	}
	list, err := client.Principals(ctx, common.securable())
	if err != nil && !isNotFound(err) {
		r.own.operation("read", ms[0]).addError(&resp.Diagnostics, err)
		return
	}
	if err != nil || !r.readAll(ctx, client, list, ms, resp) {
		resp.State.RemoveResource(ctx)
		setIdentity(ctx, resp.Identity, identity, &resp.Diagnostics) // required even now
		return
	}
	setChanged(ctx, r.join(ms, state), state, resp.State.Set, &resp.Diagnostics)
	setIdentity(ctx, resp.Identity, identity, &resp.Diagnostics)
}

// readAll completes the models from the principals of the securable, and tells the other
// resources of the run. It returns false if the resource no longer exists.
func (r *crudResource[M]) readAll(ctx context.Context, client *kusto.Client, list *kusto.PrincipalList, ms []M, resp *resource.ReadResponse) (exists bool) {
	for i, p := range r.parts {
		exists = p.own.read(ctx, client, list, ms[i], &resp.Diagnostics) || exists
	}
	for i, p := range r.parts {
		if !exists {
			break
		}
		common, held := ms[i].common(), p.own.held(ms[i])
		r.session.declarations.read(common.declarationKey(), held)
		p.markKept(ctx, common.target, held, nil, resp.Private, &resp.Diagnostics)
		if common.allowLockout.IsNull() {
			common.allowLockout = types.BoolValue(false) // the default, after an import
		}
	}
	return exists
}

func (r *crudResource[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	ms, plan := r.loadNamed(ctx, req.Plan, &resp.Diagnostics)
	states, _ := r.loadNamed(ctx, req.State, &resp.Diagnostics)
	ctx, cancel, client := r.start(ctx, ms[0].common(), updateTimeout, &resp.Diagnostics)
	defer cancel()
	if states[0].common().clusterURI.IsNull() {
		states[0].common().clusterURI = ms[0].common().clusterURI // a moved state has none
		shareCluster(states)
	}
	readStoredNotes(ctx, ms[0], req.Private, &resp.Diagnostics)
	if client != nil && r.write(ctx, client, ms[0], "change", &resp.Diagnostics, func(p *crudResource[M], i int, diags *diag.Diagnostics) bool {
		from := *states[i].common()
		from.allowLockout = ms[i].common().allowLockout
		drop := p.dropOptions(ctx, &from, p.own.released(ms[i], states[i]), req.Private, diags)
		return p.own.update(ctx, client, ms[i], states[i], drop, diags)
	}) {
		r.save(ctx, ms, plan, &resp.State, resp.Identity, resp.Private, &resp.Diagnostics)
	}
}

func (r *crudResource[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	states, _ := r.loadNamed(ctx, req.State, &resp.Diagnostics)
	r.locate(&states[0].common().target, nil, &resp.Diagnostics)
	shareCluster(states)
	ctx, cancel, client := r.start(ctx, states[0].common(), deleteTimeout, &resp.Diagnostics)
	defer cancel()
	if client == nil {
		return
	}
	r.write(ctx, client, states[0], "empty", &resp.Diagnostics, func(p *crudResource[M], i int, diags *diag.Diagnostics) bool {
		common, held := states[i].common(), p.own.held(states[i])
		r.session.declarations.release(common.declarationKey(), held)
		p.own.delete(ctx, client, states[i], p.dropOptions(ctx, common, held, req.Private, diags), diags)
		return false
	})
}

// ModifyPlan plans what only the provider's configuration, Kusto and the other resources
// of the run determine: the cluster, the principals, lockouts, and who keeps a grant.
func (r *crudResource[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	states, _ := r.loadNamed(ctx, req.State, diags)
	state := states[0].common()
	if req.Plan.Raw.IsNull() {
		ctx, cancel := readingTimeout.start(ctx, state, diags)
		defer cancel()
		if moved := movedOf(ctx, req.Private, diags); !r.locate(&state.target, moved, diags) {
			addOtherCluster(moved.ClusterName, "another one", diags)
			return
		}
		r.planDelete(ctx, states, req, resp)
		return
	}
	ms, plan := r.loadNamed(ctx, req.Plan, diags)
	configs, _ := r.load(ctx, req.Config, diags)
	m := ms[0].common()
	ctx, cancel := readingTimeout.start(ctx, m, diags)
	defer cancel()
	if diags.HasError() {
		return
	}
	isNew := req.State.Raw.IsNull()
	if isNew {
		r.planCluster(configs[0].common().clusterURI, &m.target, nil, nil, resp)
	} else {
		r.planCluster(configs[0].common().clusterURI, &m.target, &state.target, movedOf(ctx, req.Private, diags), resp)
	}
	shareCluster(ms)
	shareCluster(states)
	instance := planInstance(ctx, req, resp)
	for i, p := range r.parts {
		if isNew {
			p.own.planCreate(ctx, ms[i], diags)
		} else {
			p.own.planUpdate(ctx, configs[i], ms[i], states[i], resp)
		}
		p.planDeclarations(ctx, ms[i], states[i], instance, req, resp)
	}
	for i, p := range r.parts {
		if isNew || !isUnchanged(ms[i], states[i]) { // also so that the list is read before the run's first write
			p.checkPlan(ctx, ms[i].common().target, p.own.newNames(ms[i], states[i]), diags)
		}
	}
	if !diags.HasError() {
		setChanged(ctx, r.join(ms, plan), plan, resp.Plan.Set, diags)
	}
}

// planDelete plans that the resource gives up all grants of its state.
func (r *crudResource[M]) planDelete(ctx context.Context, states []M, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	shareCluster(states)
	for i, p := range r.parts {
		p.own.planDelete(ctx, states[i], &resp.Diagnostics)
	}
	r.learnDatabase(ctx, states[0].common().target, &resp.Diagnostics)
	for i, p := range r.parts {
		p.giveUp(ctx, states[i], p.own.held(states[i]), true, req.Private, resp.Private, &resp.Diagnostics)
	}
}

// isUnchanged reports whether a plan is the state.
func isUnchanged(m, state securableModel) bool {
	return maps.EqualFunc(m.values(), state.values(), attr.Value.Equal)
}

// planDeclarations tells the other resources of the run what this one gives up and declares.
// If another one gives up what an unchanged resource declares, that is updated: so that the
// apply knows of it, whichever comes first.
func (r *crudResource[M]) planDeclarations(ctx context.Context, m, state M, instance string, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	diags, isNew := &resp.Diagnostics, req.State.Raw.IsNull()
	if isNew || !isUnchanged(m, state) || r.session != nil && r.session.declarations.hasReleased(m.common().declarationKey()) {
		r.learnDatabase(ctx, m.common().target, diags)
	}
	declared, isKnown := r.own.declared(m, state)
	declared.instance, declared.unchanged = instance, !isNew && isUnchanged(m, state)
	if isKnown = isKnown && r.session != nil && m.common().complete() && !diags.HasError(); isKnown {
		r.declare(m.common().target, declared, diags)
	}
	if !isNew {
		released := r.own.released(m, state)
		if r.replaces(m.common().target, state.common().target) {
			released = r.own.held(state)
		}
		r.giveUp(ctx, state, released, false, req.Private, resp.Private, diags)
	}
	if !isKnown || !declared.unchanged {
		return
	}
	if names := r.session.declarations.givenUp(ctx, m.common().declarationKey(), declared.owned); len(names) > 0 {
		r.own.regrant(m)
		r.warnOfRegrant(m.common().target, names, diags)
	}
}

// learnDatabase learns which names the database of a target has, if the run uses several: what
// one resource gives up, another one may declare under the other name.
func (r *securableResource) learnDatabase(ctx context.Context, t target, diags *diag.Diagnostics) {
	if diags.HasError() || !t.complete() || !r.session.canSignIn() {
		return
	}
	if client := r.session.client(t.clusterURI, diags); client != nil && client.Conn().Reachable(ctx) {
		client.DatabaseName(ctx, t.database.ValueString())
	}
}

// giveUp tells the other resources of the run which grants of the state this one gives up.
func (r *crudResource[M]) giveUp(ctx context.Context, state M, grants []*plannedGrant, destroys bool, before privateData, p private, diags *diag.Diagnostics) {
	of := state.common().target
	if r.session == nil || !of.complete() {
		return
	}
	if !diags.HasError() {
		r.release(ctx, of, grants, destroys, before, p, diags)
	}
	r.session.declarations.decide(of.declarationKey(), r.own.held(state))
}

// replaces reports whether a change of the target forces a new resource.
func (r *securableResource) replaces(planned, state target) bool {
	if !r.ownsRole {
		planned.role = state.role // a grant moves to another role in place
	}
	return planned != state
}

// planCluster plans cluster_uri: the configured one, or the provider's. A different
// cluster than the state's forces a new resource. While the provider's is unknown, the
// state's cluster is kept.
func (r *securableResource) planCluster(configured types.String, planned, state *target, moved *movedFrom, resp *resource.ModifyPlanResponse) {
	if configured.IsNull() {
		planned.clusterURI = r.session.address(configured, &resp.Diagnostics)
	}
	switch {
	case state == nil:
	case state.clusterURI.IsNull():
		state.clusterURI = planned.clusterURI // a moved state has none
		if known(planned.clusterURI) && !moved.isOn(planned.clusterURI.ValueString()) {
			addOtherCluster(moved.ClusterName, planned.clusterURI.ValueString(), &resp.Diagnostics)
		}
	case configured.IsNull() && planned.clusterURI.IsUnknown(),
		known(planned.clusterURI) && mgmt.SameCluster(planned.clusterURI.ValueString(), state.clusterURI.ValueString()):
		planned.clusterURI = state.clusterURI
	case moved != nil && known(planned.clusterURI):
		addOtherCluster(state.clusterURI.ValueString(), planned.clusterURI.ValueString(), &resp.Diagnostics)
	default:
		resp.RequiresReplace.Append(path.Root("cluster_uri"))
	}
	if r.session.canSignIn() && known(planned.clusterURI) && !resp.Diagnostics.HasError() && (state == nil || planned.clusterURI != state.clusterURI) {
		r.session.client(planned.clusterURI, &resp.Diagnostics) // refuses an invalid URI before apply
	}
}

// checkLockout refuses to plan a change that locks someone out. Of yields the grants that
// the change revokes, and the principals that it grants the role. An error of another kind
// is a warning: the apply checks again.
func (r *securableResource) checkLockout(
	ctx context.Context, m *commonModel, change operation,
	of func(*kusto.Client, *kusto.PrincipalList) (revoked []*kusto.Grant, granted []kusto.FQN), diags *diag.Diagnostics,
) {
	if diags.HasError() || !m.kustoRole().IsAdmin() || m.allowLockout.ValueBool() || !r.session.canSignIn() {
		return
	}
	client := r.session.client(m.clusterURI, diags)
	if client == nil {
		return
	}
	list, err := client.PrincipalsSoon(ctx, m.securable())
	if err == nil {
		revoked, granted := of(client, list)
		err = client.CheckLockout(ctx, list, m.kustoRole(), revoked, granted)
	}
	switch {
	case errors.Is(err, kusto.ErrLockout):
		change.addError(diags, err)
	case err != nil:
		check := r.operationOn(m.target, fmt.Sprintf("check whether the last admin access to %s is removed", m.securable()))
		check.principal = path.Root("allow_lockout")
		check.addUnchecked(diags, err, checkedAtApply)
	}
}

// operationOn is an operation on a target. Its action is a verb phrase.
func (r *securableResource) operationOn(t target, action string) operation {
	return operation{session: r.session, securable: t.securable(), role: t.kustoRole(), principal: r.principals, action: action}
}

// save writes the models to the state, to the identity and to the private data; like is an
// object of the resource's type.
func (r *crudResource[M]) save(
	ctx context.Context, ms []M, like types.Object, state *tfsdk.State, identity *tfsdk.ResourceIdentity, p private, diags *diag.Diagnostics,
) {
	forgetPlan(ctx, p, diags)
	for _, part := range r.parts {
		diags.Append(p.SetKey(ctx, part.keptKey, nil)...)
	}
	diags.Append(p.SetKey(ctx, notesKey, ms[0].storedNotes())...)
	object, more := objectLike(ctx, like, r.join(ms, like))
	diags.Append(more...)
	diags.Append(state.Set(ctx, object)...)
	setIdentity(ctx, identity, r.identity(ms[0]), diags)
}

// setChanged replaces a state or a plan by what is found or planned, unless they are equal.
func setChanged(ctx context.Context, values map[string]attr.Value, old types.Object, set func(context.Context, any) diag.Diagnostics, diags *diag.Diagnostics) {
	object, more := objectLike(ctx, old, values)
	diags.Append(more...)
	if !object.Equal(old) {
		diags.Append(set(ctx, object)...)
	}
}

// getter is a plan, a state or a configuration.
type getter interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

func readObject(ctx context.Context, from getter, diags *diag.Diagnostics) (object types.Object) {
	diags.Append(from.Get(ctx, &object)...)
	return object
}

// isNotFound reports whether the securable does not exist.
func isNotFound(err error) bool { return errors.Is(err, mgmt.ErrSecurableNotFound) }
