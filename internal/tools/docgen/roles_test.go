// SPDX-License-Identifier: MPL-2.0

package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// The page about roles has a row for each role of each securable, with what it needs.
func TestRoles_everyOneHasARow(t *testing.T) {
	t.Parallel()
	page := contentOf(t, root+"docs/guides/roles.md")
	rows := 0
	for _, kind := range kusto.SecurableTypes {
		for _, role := range kind.Roles {
			row := regexp.MustCompile("(?m)^\\| " + kind.Noun + " \\| `" + string(role) + "` \\| .+ \\| (.*)\\|$").FindStringSubmatch(page)
			if row == nil {
				t.Errorf("no row for %s of a %s", role, kind.Noun)
				continue
			}
			rows++
			needs := kind.Needs(role)
			for _, needed := range needs {
				if !strings.Contains(row[1], "`"+string(needed)+"`") {
					t.Errorf("the row for %s of a %s says it needs %q, not %s", role, kind.Noun, row[1], needed)
				}
			}
			if strings.TrimSpace(row[1]) != "" && len(needs) == 0 {
				t.Errorf("%s of a %s needs nothing, and the page says %q", role, kind.Noun, row[1])
			}
		}
	}
	if got := strings.Count(page, "\n| ") - 1; got != rows {
		t.Errorf("the page has %d rows for %d roles", got, rows)
	}
}
