// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

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
			p.own.planCreate(ctx, configs[i], ms[i], diags)
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
