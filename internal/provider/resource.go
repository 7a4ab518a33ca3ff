// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
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
	suffix        string    // of the keys of private data, if the resource is a part of another
	session       *session
}

func newSecurableResource(t *kusto.SecurableType, typeName string, principals path.Path, more ...string) securableResource {
	return securableResource{securableType: t, typeName: typeName, principals: principals, identityNames: append(append(t.NameAttributes(), "role"), more...)}
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

	planCreate(ctx context.Context, config, m M, diags *diag.Diagnostics)
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

// shareCluster gives all models the cluster of the first one.
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
	r.readNotes(ctx, ms, req.Private, &resp.Diagnostics)
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
		if common.allowLockout.IsNull() && common.kustoRole().IsAdmin() {
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
	r.readNotes(ctx, ms, req.Private, &resp.Diagnostics)
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

// save writes the models to the state, to the identity and to the private data; like is an
// object of the resource's type.
func (r *crudResource[M]) save(
	ctx context.Context, ms []M, like types.Object, state *tfsdk.State, identity *tfsdk.ResourceIdentity, p private, diags *diag.Diagnostics,
) {
	forgetPlan(ctx, p, diags)
	for i, part := range r.parts {
		diags.Append(p.SetKey(ctx, keptKey+part.suffix, nil)...)
		part.saveNotes(ctx, ms[i].common(), p, diags)
	}
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
