// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// instanceKey is where a plan's private data has the id of the planned instance.
const instanceKey = "planned_instance"

// planInstance returns an id of the instance that is planned. Terraform does not say
// which one that is, and plans a replacement a second time: without a state, and with the
// private data that the first plan returned. Its warnings are those of the first time.
func planInstance(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) string {
	if req.State.Raw.IsNull() {
		raw, diags := req.Private.GetKey(ctx, instanceKey)
		resp.Diagnostics.Append(diags...)
		var id string
		if json.Unmarshal(raw, &id) == nil {
			return id
		}
	}
	id := rand.Text()
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, instanceKey, fmt.Appendf(nil, "%q", id))...)
	return id
}

// private is the private data of a plan that becomes that of a state.
type private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// forgetInstance keeps the id out of the state: it is good for one run.
func forgetInstance(ctx context.Context, p private, diags *diag.Diagnostics) {
	diags.Append(p.SetKey(ctx, instanceKey, nil)...)
}

// warnOfConflicts adds a plan to those of the run, and warns of grants that other
// resources plan too, or that a role resource removes from under them.
func (r *securableResource) warnOfConflicts(t target, plan grantPlan, diags *diag.Diagnostics) {
	if r.session == nil || diags.HasError() || !t.complete() {
		return
	}
	found := r.session.planned.add(plannedTarget{
		cluster: normalizedURI(t.clusterURI.ValueString()), slug: t.securableType.Slug,
		database: strings.ToLower(t.database.ValueString()), name: t.name.ValueString(), role: t.role.ValueString(),
	}, plan)
	role := fmt.Sprintf("the role %s on %s", t.role.ValueString(), t.securable())
	if len(found.repeated) > 0 {
		diags.AddAttributeWarning(r.principals, "Two resources declare the same grant", fmt.Sprintf(
			"Another resource also declares %s for:\n\n%s\n\n"+
				"If one of the two is destroyed, the grant is revoked although the other still declares it, unless the other is created or changed in the same run. "+
				"The next plan of the other one shows the grant as gone and adds it again.\n\n%s", role, listed(found.repeated), keepOne))
	}
	for _, c := range []struct {
		grants []kusto.FQN
		text   string
	}{
		{found.lost, "A kusto_%[1]s_role resource declares all principals that hold %[2]s. It does not declare these, and removes them:\n\n%[3]s"},
		{found.removed, "This resource declares all principals that hold %[2]s. Other resources declare these, which are not in principals and are removed:\n\n%[3]s"},
	} {
		if len(c.grants) > 0 {
			diags.AddAttributeWarning(r.principals, "A role resource removes a grant that another resource declares", fmt.Sprintf(
				c.text+"\n\nThe resources undo each other's changes: after each apply, the next plan of one of them shows a change. "+
					"Declare each grant in one resource only.\n\n%[4]s", t.securableType.Slug, role, listed(c.grants), keepOne))
		}
	}
}

const keepOne = "Keep one of them. To remove the other without revoking the grant, replace its block by a removed block with " +
	"lifecycle { destroy = false }. See the guide \"Refactoring without losing access\"."

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
