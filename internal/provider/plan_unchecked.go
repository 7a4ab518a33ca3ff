// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

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
	diags.AddAttributeWarning(o.principal, "Check skipped during plan", strings.Join(nonEmpty(why, then, ids), "\n\n"))
}

const checkedAtApply = "The plan continues without this check. The apply checks again that nobody is locked out."
