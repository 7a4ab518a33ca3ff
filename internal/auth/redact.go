// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"net/url"
	"regexp"
	"strings"
)

const removed = "(removed)"

// AnyToken matches a JSON Web Token, also a truncated one.
var AnyToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*`)

var (
	// namedSecret matches values with the name of a secret, in JSON or in a form.
	namedSecret = regexp.MustCompile(`(?i)((?:access_?token|id_token|refresh_token|oidcToken|client_assertion|client_secret|assertion)\\?"?\s*[:=]\s*\\?"?)[^"\\&\s,}]+`)
	// urlQuery matches the query of a URL, which may contain tokens and ids.
	urlQuery = regexp.MustCompile(`(https?://[^\s"'?]+)\?[^\s"']*`)
)

// redact removes the known secrets, and text that looks like one.
func redact(text string, secrets []string) string {
	for _, s := range secrets {
		for _, form := range []string{s, url.QueryEscape(s), strings.TrimSpace(s)} {
			// Removing a shorter one would only make the text unreadable.
			if len(form) >= 4 {
				text = strings.ReplaceAll(text, form, removed)
			}
		}
	}
	text = AnyToken.ReplaceAllString(text, removed)
	text = namedSecret.ReplaceAllString(text, "${1}"+removed)
	return urlQuery.ReplaceAllString(text, "$1")
}
