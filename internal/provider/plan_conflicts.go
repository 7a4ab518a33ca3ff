// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// instanceKey is where a plan's private data has the id of the planned instance.
const instanceKey = "planned_instance"

// planInstance returns an id of the instance that is planned. Terraform does not say
// which one that is, and plans a replacement a second time: without a state, and with the
// private data that the first plan returned. Its warnings are those of the first time.
func planInstance(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) string {
	if id := instanceOf(ctx, req.Private, &resp.Diagnostics); req.State.Raw.IsNull() && id != "" {
		return id
	}
	id := rand.Text()
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, instanceKey, fmt.Appendf(nil, "%q", id))...)
	return id
}

// instanceOf is the id in private data; empty if they have none.
func instanceOf(ctx context.Context, p privateData, diags *diag.Diagnostics) (id string) {
	raw, more := p.GetKey(ctx, instanceKey)
	diags.Append(more...)
	_ = json.Unmarshal(raw, &id) // absent, or written by planInstance
	return id
}

// private is the private data of a response, which become those of a plan or a state.
type private interface {
	privateData
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// forgetPlan keeps what is good for one run out of the state.
func forgetPlan(ctx context.Context, p private, diags *diag.Diagnostics) {
	diags.Append(p.SetKey(ctx, instanceKey, nil)...)
	setMoved(ctx, p, nil, diags)
}

// declarationKey is the target's key among the declarations of the run.
func (t target) declarationKey() declarationKey {
	return declarationKey{
		cluster: normalizedURI(t.clusterURI.ValueString()), slug: t.securableType.Slug,
		database: kusto.FoldName(t.database.ValueString()), name: t.name.ValueString(), role: t.role.ValueString(),
	}
}

// roleText names the target's role in a sentence.
func (t target) roleText() string {
	return fmt.Sprintf("the role %s on %s", t.role.ValueString(), t.securable())
}

// declare adds a plan to those of the run, and warns of grants that other resources declare
// too, or that a role resource removes from under them. It refuses plans that would revoke
// such a grant.
func (r *securableResource) declare(t target, plan grantPlan, diags *diag.Diagnostics) {
	found := r.session.declarations.declare(t.declarationKey(), plan)
	if len(found.repeated) > 0 {
		diags.AddAttributeWarning(r.principals, "Two resources declare the same grant", fmt.Sprintf(
			"Another resource also declares %s for:\n\n%s\n\nIf one of the two is destroyed or changed, the grant is kept for the other. %s", t.roleText(), listed(found.repeated), keepOne))
	}
	const summary = "A role resource removes a grant that another resource declares"
	for _, c := range []struct {
		grants []kusto.FQN
		text   string
	}{
		{found.lost, "A %[1]s resource declares all principals that hold %[2]s. It does not declare these:\n\n%[3]s"},
		{found.removed, "This resource declares all principals that hold %[2]s. Other resources declare these, which are not in %[4]s:\n\n%[3]s"},
	} {
		text := fmt.Sprintf(c.text, wholeRoleNames(t.securableType), t.roleText(), listed(c.grants), r.principals)
		switch {
		case len(c.grants) == 0:
		case len(found.revoked) > 0:
			diags.AddAttributeError(r.principals, summary, text+"\n\nThe plan would revoke them. "+declareOnce)
		default:
			diags.AddAttributeWarning(r.principals, summary, text+"\n\nThe grants are kept, and each plan of the role resource shows them as removed. "+declareOnce)
		}
	}
}

// privateData is the private data of a request.
type privateData interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// keptKey is where private data has a keptMark.
const keptKey = "declared_elsewhere"

// keptMark are grants that other resources declare: Kept are proven to be theirs, Restore are
// not.
type keptMark struct {
	Kept    []string
	Restore []namedGrant
}

type namedGrant struct{ Principal, Notes string }

// markKept records in private data which of the grants other resources declare: an operation
// in the process of the apply does not see the resources without a change. A read marks the
// state, which is all that the destruction of a replaced object gets. An update, and the
// destruction of a deposed object, are planned again in that process: what the private data
// before it mark is still marked.
func (r *securableResource) markKept(ctx context.Context, t target, grants []*plannedGrant, before privateData, p private, diags *diag.Diagnostics) {
	var mark keptMark
	if before != nil {
		mark = r.readMark(ctx, before, diags)
	}
	for _, g := range r.session.declarations.declaredOf(t.declarationKey(), grants) {
		mark.Kept = append(mark.Kept, g.asGrant().Principal.String())
	}
	for _, g := range r.session.declarations.ambiguous(t.declarationKey(), instanceOf(ctx, p, diags), grants) {
		mark.Restore = append(mark.Restore, namedGrant{g.Principal.String(), g.Notes})
	}
	var raw []byte
	if len(mark.Kept)+len(mark.Restore) > 0 {
		raw, _ = json.Marshal(mark) // strings always marshal
	}
	diags.Append(p.SetKey(ctx, keptKey+r.suffix, raw)...)
}

func (r *securableResource) readMark(ctx context.Context, p privateData, diags *diag.Diagnostics) (mark keptMark) {
	raw, more := p.GetKey(ctx, keptKey+r.suffix)
	diags.Append(more...)
	_ = json.Unmarshal(raw, &mark) // absent, or written by markKept
	return mark
}

// dropOptions are what an operation must not revoke: what the private data of its plan mark,
// and what other resources of this run declare by then.
func (r *securableResource) dropOptions(ctx context.Context, m *commonModel, held []*plannedGrant, p privateData, diags *diag.Diagnostics) kusto.DropOptions {
	mark := r.readMark(ctx, p, diags)
	kept := parsedFQNs(mark.Kept)
	restore := r.session.declarations.ambiguous(m.declarationKey(), instanceOf(ctx, p, diags), held)
	for _, g := range mark.Restore {
		if f, err := kusto.ParseFQN(g.Principal); err == nil {
			restore = append(restore, kusto.NamedGrant{Principal: f, Notes: g.Notes})
		}
	}
	return kusto.DropOptions{AllowLockout: m.allowLockout.ValueBool(), Restore: restore, Keep: func(g *kusto.Grant) bool {
		held := []*plannedGrant{{name: g.Principal, row: g}}
		return slices.ContainsFunc(kept, g.Is) || len(r.session.declarations.declaredOf(m.declarationKey(), held)) > 0
	}}
}

// release plans that a resource gives grants up. Those that another resource declares are
// kept, and a warning names them.
func (r *securableResource) release(ctx context.Context, t target, grants []*plannedGrant, destroys bool, before privateData, p private, diags *diag.Diagnostics) {
	var kept []kusto.FQN
	for _, g := range r.session.declarations.release(t.declarationKey(), grants) {
		if g.unchanged { // otherwise the grant moves there in this run
			kept = append(kept, g.name)
		}
	}
	r.markKept(ctx, t, grants, before, p, diags)
	if len(kept) == 0 {
		return
	}
	written := t.database.ValueString()
	one := r.session.knownDatabaseName(t.clusterURI.ValueString(), written)
	if !destroys && !kusto.SameName(written, one) { // an update would not know of it
		diags.AddAttributeError(path.Root(kusto.Database.NameAttribute()), "Two names for one database", fmt.Sprintf(
			"%q and %q are one database. Another resource declares %s under the other name for:\n\n%s\n\nWrite one of the two names in all resources, and plan again.",
			written, one, t.roleText(), listed(kept)))
		return
	}
	diags.AddAttributeWarning(r.principals, "The grant is kept for another resource", fmt.Sprintf(
		"Another resource also declares %s for:\n\n%s\n\nThis resource no longer does. The grant is not revoked.", t.roleText(), listed(kept)))
}

// warnOfRegrant says which grants a resource is planned to grant again, in case the resource
// that gives them up revokes them first.
func (r *securableResource) warnOfRegrant(t target, released []kusto.FQN, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(r.principals, "The grant is kept for this resource", fmt.Sprintf(
		"Another resource that is destroyed or changed in this run also holds %s for:\n\n%s\n\n"+
			"This resource declares it, so the principal still holds the role at the end of the apply. To make sure, this resource may be updated too.", t.roleText(), listed(released)))
}

// wholeRoleNames are the resources that declare all principals of a role.
func wholeRoleNames(t *kusto.SecurableType) string {
	names := "kusto_" + t.Slug + "_role"
	if hasAccess(t) {
		names += " or kusto_" + t.Slug + "_access"
	}
	return names
}

const declareOnce = "Declare each grant in one resource only, or add it to ignore_principals.\n\n" + keepOne

const keepOne = "Keep one of them. To remove the other without revoking the grant, replace its block by a removed block with " +
	"lifecycle { destroy = false }. See \"Refactoring\" in the guide \"Member or role\"."

// listed lists principals for a warning.
func listed(names []kusto.FQN) string {
	lines := make([]string, 0, maxListed+1)
	for i, f := range names {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("  and %d more", len(names)-i))
			break
		}
		lines = append(lines, "  - "+f.String())
	}
	return strings.Join(lines, "\n")
}

// maxListed is how many principals a warning lists.
const maxListed = 50
