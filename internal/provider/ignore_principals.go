// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

func ignorePrincipals() schema.Attribute {
	return schema.SetAttribute{
		Optional: true, CustomType: principalSet, ElementType: types.StringType,
		Validators: []validator.Set{setvalidator.ValueStringsAre(principalString)},
		MarkdownDescription: "Fully qualified names of principals that this resource leaves alone: they are neither added nor removed nor shown in `members`. " +
			"Use it for principals whose role comes from a Fabric workspace or from sharing an item, which no command removes, and for those that other tools manage. " +
			"A principal cannot be in `principals` too.",
	}
}

var _ resource.ResourceWithValidateConfig = (*roleResource)(nil)

// ValidateConfig refuses principals that are both wanted and ignored.
func (r *roleResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	m, _ := r.read(ctx, req.Config, &resp.Diagnostics)
	for _, ignored := range m.ignoredFQNs() {
		if slices.ContainsFunc(fqnsIn(m.principals), ignored.Equal) {
			resp.Diagnostics.AddAttributeError(path.Root("ignore_principals"), "Contradicting principals",
				fmt.Sprintf("%s is in principals and in ignore_principals. Remove it from one of them.", ignored))
		}
	}
}

// ignoredFQNs are the principals that the resource leaves alone.
func (m roleModel) ignoredFQNs() []kusto.FQN { return fqnsIn(m.ignored) }

// fqnsIn are the known principals of a set.
func fqnsIn(set types.Set) []kusto.FQN {
	var fqns []kusto.FQN
	for _, v := range set.Elements() {
		if f, err := kusto.ParseFQN(stringOf(v).ValueString()); err == nil {
			fqns = append(fqns, f)
		}
	}
	return fqns
}

// knowsIgnored reports whether all ignored principals are known.
func (m roleModel) knowsIgnored() bool {
	return !m.ignored.IsUnknown() && !slices.ContainsFunc(m.ignored.Elements(), attr.Value.IsUnknown)
}

// stopsIgnoring reports whether principals may lose the role because they are no longer
// ignored.
func (r *roleResource) stopsIgnoring(m, state roleModel) bool {
	return !m.ignored.Equal(state.ignored) && len(state.ignored.Elements()) > 0 && m.knowsIgnored() && r.session.usable()
}

// warnOfLeaving names the principals that lose the role although the plan's diff does not
// show it: those of a role that is not managed yet, and those that are no longer ignored.
// It returns false if Kusto did not list the principals.
func (r *roleResource) warnOfLeaving(ctx context.Context, m roleModel, names []string, resp *resource.ModifyPlanResponse) (listed bool) {
	client := r.session.client(m.clusterURI, &resp.Diagnostics)
	if client == nil || !client.Conn().Reachable(ctx) { // the same apply may create the cluster
		return false
	}
	list, err := client.Principals(ctx, m.securable())
	if err != nil {
		r.leavingCheck(m.target).addUnchecked(&resp.Diagnostics, err, checkedAtApply)
		return false
	}
	resolved := client.Resolve(ctx, list, m.kustoRole(), m.resolved(names), false)
	leaving := client.Unmanaged(ctx, list, m.kustoRole(), resolved, m.ignoredFQNs())
	if len(leaving) > 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("principals"), "Principals will lose the role "+m.role.ValueString(),
			fmt.Sprintf("They hold it on %s and are not in principals:\n\n%s", m.securable(), strings.Join(linesOf(leaving), "\n")))
	}
	return true
}
