package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// ModifyPlan says what a change means: which spellings name the same thing, what
// makes another resource, and what would lock someone out.
func (r *principalResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		state, _ := r.read(ctx, req.State, &resp.Diagnostics)
		r.guard(ctx, state, resp)
		return
	}
	m, plan := r.read(ctx, req.Plan, &resp.Diagnostics)
	config, _ := r.read(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	m.clusterURI, m.notes = config.clusterURI, config.notes
	var state *principalModel
	if !req.State.Raw.IsNull() {
		prior, _ := r.read(ctx, req.State, &resp.Diagnostics)
		state = &prior
	}
	r.plan(ctx, &m, state, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	object, diags := m.object(plan)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, object)...)
}

func (r *principalResource) plan(ctx context.Context, m, state *principalModel, resp *resource.ModifyPlanResponse) {
	if state == nil {
		m.settle(r.session, nil, &resp.Diagnostics)
		r.checkAddress(m, resp)
		m.forget()
		m.id = m.plannedID()
		return
	}
	replace := m.settle(r.session, &state.target, &resp.Diagnostics)
	if state.principal.Equal(m.principal) || len(replace) == 0 && r.samePrincipal(ctx, *state, *m) {
		m.principal = state.principal
	} else {
		replace.Append(path.Root(principalAttribute))
	}
	if len(replace) > 0 {
		resp.RequiresReplace = append(resp.RequiresReplace, replace...)
		r.checkAddress(m, resp)
		m.forget()
		r.guard(ctx, *state, resp)
	} else {
		m.keep(*state)
	}
	m.id = m.plannedID()
}

// samePrincipal reports whether a name that is planned anew means the principal
// the state holds. It asks Kusto only when neither ids nor the UPN in the state tell.
func (r *principalResource) samePrincipal(ctx context.Context, state, planned principalModel) bool {
	asked, err := kusto.ParseFQN(planned.principal.ValueString())
	if planned.principal.IsUnknown() || err != nil {
		return false
	}
	held := state.grant()
	switch {
	case asked.Equal(state.fqn()), held.IsSurely(asked):
		return true
	case held.IsSurelyNot(asked), !r.session.usable():
		return false
	}
	var ignored diag.Diagnostics // the address was good when the state was written
	cluster := r.session.cluster(state.clusterURI, &ignored)
	if cluster == nil {
		return false
	}
	picture, err := cluster.Picture(ctx, state.securable())
	if err != nil {
		return false
	}
	found, _ := cluster.Identify(ctx, picture, state.kustoRole(), asked)
	return found != nil && found.Principal.Equal(held.Principal)
}

// checkAddress refuses a bad address before anything is applied.
func (r *principalResource) checkAddress(m *principalModel, resp *resource.ModifyPlanResponse) {
	if !r.session.usable() || m.clusterURI.IsUnknown() || resp.Diagnostics.HasError() {
		return
	}
	r.session.cluster(m.clusterURI, &resp.Diagnostics)
}

// guard refuses, at plan time, to drop a grant that locks someone out. What is
// not known yet is left to the apply, which asks again.
func (r *principalResource) guard(ctx context.Context, state principalModel, resp *resource.ModifyPlanResponse) {
	if resp.Diagnostics.HasError() || state.allowLockout.ValueBool() || !r.session.usable() {
		return
	}
	cluster := r.session.cluster(state.clusterURI, &resp.Diagnostics)
	if cluster == nil {
		return
	}
	err := cluster.CheckDrop(ctx, state.securable(), state.kustoRole(), state.effective())
	if kusto.KindOf(err) == kusto.Lockout {
		r.failure("revoke", "from", state).add(&resp.Diagnostics, err)
	}
}
