// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// masked removes the configured secrets, and everything that looks like a token, from
// the log. Defense in depth: errors should contain no secrets.
func masked(ctx context.Context, secrets []string) context.Context {
	ctx = tflog.MaskMessageStrings(tflog.MaskAllFieldValuesStrings(ctx, secrets...), secrets...)
	return tflog.MaskMessageRegexes(tflog.MaskAllFieldValuesRegexes(ctx, auth.AnyToken), auth.AnyToken)
}

// logPause logs a wait before another try, at INFO for a principal that has to
// propagate.
func logPause(ctx context.Context, e mgmt.Event) {
	fields := map[string]any{
		"cluster": string(e.Cluster), "database": e.Database, "command": e.Command,
		"reason": e.Err.Error(), "pause": e.Pause.String(), "tries": e.Err.Tries,
	}
	if errors.Is(e.Err, mgmt.ErrPrincipalNotFound) {
		tflog.Info(ctx, "waiting for a principal to propagate in Microsoft Entra ID", fields)
		return
	}
	tflog.Debug(ctx, "retrying the command", fields)
}
