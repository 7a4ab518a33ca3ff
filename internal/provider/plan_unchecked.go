// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// addUnchecked warns of a check that a plan could not make, with Kusto's reason. The
// operation's action is the check, and its principal the attribute that the check is
// about. A securable that does not exist yet needs no check.
func (o operation) addUnchecked(diags *diag.Diagnostics, err error, then string) {
	if isNotFound(err) {
		return
	}
	why, ids := "Could not "+o.action+". "+sentence(err), ""
	var e *mgmt.Error
	if errors.As(err, &e) {
		why, ids = o.message(err, e), trace(e)
		if e.Reason == mgmt.ErrSignIn {
			_, summary, advice := o.explain(e)
			why = "Could not " + o.action + ". " + summary + ". " + advice
		}
	}
	diags.AddAttributeWarning(o.principal, "The plan could not make a check", strings.Join(nonEmpty(why, then, ids), "\n\n"))
}

const checkedAtApply = "The plan goes on without it. The apply checks again that nobody is locked out."

func (r *securableResource) lockoutCheck(t target) operation {
	return operation{session: r.session, securable: t.securable(), principal: path.Root("allow_lockout"), action: fmt.Sprintf("check whether the last admin access to %s is removed", t.securable())}
}

func (r *securableResource) leavingCheck(t target) operation {
	return operation{session: r.session, securable: t.securable(), principal: path.Root("principals"), action: fmt.Sprintf("check who will lose the role %s on %s", t.role.ValueString(), t.securable())}
}

func (r *principalResource) samenessCheck(state, planned principalModel) operation {
	return operation{
		session: r.session, securable: state.securable(), principal: path.Root(principalAttribute),
		action: fmt.Sprintf("check whether %s and %s are the same principal", state.principal.ValueString(), planned.principal.ValueString()),
	}
}
