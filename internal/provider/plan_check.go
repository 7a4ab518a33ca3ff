// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

func (r *securableResource) checkPlan(ctx context.Context, t target, _ []kusto.FQN, diags *diag.Diagnostics) {
	if diags.HasError() || !r.session.canSignIn() || !t.complete() {
		return
	}
	if client := r.session.client(t.clusterURI, diags); client != nil {
		_, _ = client.Principals(ctx, t.securable())
	}
}
