// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest returns the name that another one is most likely a typing error of; empty if there
// is none, or if several are as near.
func nearest(name string, names []string) string {
	found, least, tie := "", maxDistance(name)+1, false
	for _, n := range names {
		distance := levenshtein.Distance(strings.ToLower(name), strings.ToLower(n), nil)
		switch {
		case n == name, n == found, distance > least:
		case distance < least:
			found, least, tie = n, distance, false
		default:
			tie = true
		}
	}
	if tie {
		return ""
	}
	return found
}

// maxDistance is how many characters a typing error changes: one of three, and two at most,
// which is two characters that changed places.
func maxDistance(name string) int { return min(2, len([]rune(name))/3) }

// didYouMean is a suggestion in a sentence; empty without one.
func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("Did you mean %q?", name)
}
