// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// addUnchecked warns of a check that a plan could not make, with Kusto's reason. The
// operation's action is the check, and its principal the attribute that the check is
// about. A securable that does not exist yet needs no check. A plan that cannot sign in
// fails.
func (o operation) addUnchecked(diags *diag.Diagnostics, err error, then string) {
	if isNotFound(err) || o.addRefusal(diags, err) {
		return
	}
	why, ids := "Could not "+o.action+". "+sentence(err), ""
	var e *mgmt.Error
	if errors.As(err, &e) {
		why, ids = o.message(err, e), o.trace(e, unchecked)
	}
	diags.AddAttributeWarning(o.principal, unchecked, strings.Join(nonEmpty(why, then, ids), "\n\n"))
}

// addRefusal reports that the caller cannot sign in, or that the cluster is not trusted: once a
// run, because the plan fails with it. It returns false for any other error.
func (o operation) addRefusal(diags *diag.Diagnostics, err error) bool {
	refused := finding{refused: true}
	switch e := mgmt.AsError(err); e.Reason {
	case mgmt.ErrSignIn:
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			return false // nobody refused anything
		}
	case mgmt.ErrUntrusted:
		refused.cluster = e.Cluster
	default:
		return false
	}
	if o.session.checks.isNew(refused) {
		o.addError(diags, err)
	}
	return true
}

const unchecked = "Check skipped during plan"

const checkedAtApply = "The plan continues without this check. The apply checks again that nobody is locked out."
