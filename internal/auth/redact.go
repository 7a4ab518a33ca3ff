// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
	// A secret may be the beginning of another one.
	longestFirst := slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, s := range longestFirst {
		s = strings.TrimSpace(s)
		// Removing a shorter one would only make the text unreadable.
		if len(s) < 4 {
			continue
		}
		pattern, err := regexp.Compile(anyForm(s))
		if err != nil { // it has megabytes
			text = strings.ReplaceAll(text, s, removed)
			continue
		}
		pattern.Longest()
		text = pattern.ReplaceAllLiteralString(text, removed)
	}
	text = AnyToken.ReplaceAllString(text, removed)
	text = namedSecret.ReplaceAllString(text, "${1}"+removed)
	return urlQuery.ReplaceAllString(text, "$1")
}

// anyForm is a regular expression for a text as it is, in JSON, also nested, and in URLs.
func anyForm(s string) string {
	var pattern strings.Builder
	for _, r := range s {
		pattern.WriteString(anyFormOf(r))
	}
	return pattern.String()
}

// shortEscapes are the characters that JSON and Go write as a backslash and a letter.
var shortEscapes = map[rune]string{'\a': "a", '\b': "b", '\f': "f", '\n': "n", '\r': "r", '\t': "t", '\v': "v"}

// anyFormOf is anyForm for a single character. No encoding changes letters and digits of
// ASCII.
func anyFormOf(r rune) string {
	plain := regexp.QuoteMeta(string(r))
	switch {
	case r < utf8.RuneSelf && strings.ContainsAny(string(r), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"):
		return plain
	case r == '\\':
		plain = `\\+`
	case r == ' ':
		plain = `[ +]`
	default:
		plain = `\\*` + plain
	}
	var units, bytes strings.Builder
	for _, unit := range utf16.Encode([]rune{r}) {
		fmt.Fprintf(&units, `\\+[ux]0*%x`, unit)
	}
	for _, b := range []byte(string(r)) {
		fmt.Fprintf(&bytes, `%%(?:25)*%02x`, b)
	}
	forms := []string{plain, units.String(), bytes.String(), fmt.Sprintf(`\\+[ux]0*%x`, r)} // the last one is Go's
	if letter := shortEscapes[r]; letter != "" {
		forms = append(forms, `\\+`+letter)
	}
	return "(?i:" + strings.Join(forms, "|") + ")"
}
