// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Only what changes something may have taken effect.
func TestOperation_claimsNoEffectOfARead(t *testing.T) {
	t.Parallel()
	for _, reason := range []mgmt.Reason{mgmt.ErrInterrupted, mgmt.ErrUnavailable, mgmt.ErrSilent, mgmt.ErrUnexpectedAnswer, mgmt.ErrThrottled, mgmt.ErrPrincipalNotFound} {
		for _, writes := range []bool{false, true} {
			var diags diag.Diagnostics
			operation{securable: kusto.Securable{Type: kusto.Database, Database: "Samples"}, action: "do it", principal: path.Empty(), writes: writes}.
				addError(&diags, &mgmt.Error{Reason: reason, Message: "no answer", Err: context.DeadlineExceeded, MayHaveRun: true})
			if said := diags[0].Detail(); strings.Contains(said, "may have taken effect") != writes {
				t.Errorf("%s, writes %t: %s", reason, writes, said)
			}
		}
	}
}
