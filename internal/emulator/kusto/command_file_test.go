// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"slices"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

func TestLiteralsOf_areInOrder(t *testing.T) {
	const clearGroups = ".clear cluster cache groupmembership"
	for text, want := range map[string][]string{
		".show tables":                                    {},
		".show external tables":                           {},
		".show cluster principals":                        {},
		".add table ['T'] admins ('a', \"b\") 'n'":        {"T", "a", "b", "n"},
		".show function F principal 'a' roles":            {"F", "a"},
		clearGroups:                                       {},
		clearGroups + " with (principal='p', group=h'g')": {"p", "g"},
		clearGroups + " with (group='g', principal='p')":  {"g", "p"},
	} {
		s, err := command.Parse(text)
		if got := literalsOf(s); err != nil || !slices.Equal(got, want) || got == nil {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
}
