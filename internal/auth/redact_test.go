// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// forms are the ways in which libraries, shells and services write a text.
func forms(s string) map[string]string {
	marshaled, _ := json.Marshal(s)
	quoted := string(marshaled[1 : len(marshaled)-1])
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s)
	var ascii, percent strings.Builder
	for _, r := range quoted {
		switch {
		case r < 0x80:
			ascii.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&ascii, `\u%04x`, r)
		default:
			fmt.Fprintf(&ascii, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
	}
	for _, b := range []byte(s) {
		if 'a' <= b|0x20 && b|0x20 <= 'z' || '0' <= b && b <= '9' {
			percent.WriteByte(b)
		} else {
			fmt.Fprintf(&percent, "%%%02x", b)
		}
	}
	twice, _ := json.Marshal(quoted)
	return map[string]string{
		"plain": s, "JSON": quoted, "JSON without HTML": strings.TrimSuffix(plain.String(), "\n")[1 : plain.Len()-2],
		"JSON in ASCII": ascii.String(), "JSON with slashes escaped": strings.ReplaceAll(quoted, "/", `\/`),
		"JSON with upper-case escapes": upperHex(ascii.String()), "JSON in JSON": string(twice[1 : len(twice)-1]),
		"a form": url.QueryEscape(s), "a path": url.PathEscape(s), "a form in lower-case hex": lowerHex(url.QueryEscape(s)),
		"a path in lower-case hex": lowerHex(url.PathEscape(s)), "every sign in hex": percent.String(), "twice in hex": strings.ReplaceAll(percent.String(), "%", "%25"),
		"Go": strings.TrimSuffix(fmt.Sprintf("%q", s)[1:], `"`),
	}
}

// upperHex writes \u00e9 as \u00E9.
func upperHex(s string) string {
	parts := strings.Split(s, `\u`)
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToUpper(parts[i][:4]) + parts[i][4:]
	}
	return strings.Join(parts, `\u`)
}

// lowerHex writes %2F as %2f.
func lowerHex(s string) string {
	parts := strings.Split(s, "%")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToLower(parts[i][:2]) + parts[i][2:]
	}
	return strings.Join(parts, "%")
}

func checkRedacted(t *testing.T, s string) {
	t.Helper()
	for name, form := range forms(s) {
		text := "POST of <" + form + "> failed"
		if got := redact(text, []string{s}); got != "POST of <"+removed+"> failed" {
			t.Errorf("%q as %s: %q gives %q", s, name, text, got)
		}
	}
}

func TestRedact_findsASecretInEveryForm(t *testing.T) {
	for _, s := range []string{
		secret, `p"w\d+é&`, "with blanks and +plus", "tab\tand\nnewline", "<html>&amp;", "100%25", "%41%42", `\u0041bcd`, `back\\slash\"`, "Ω😀~secret", "a/b/c/d", "a\u2028separator",
		"~tilde'quote", "pa$$w0rd!*()",
	} {
		checkRedacted(t, s)
	}
}

func TestRedact_keepsTheRest(t *testing.T) {
	for text, want := range map[string]string{
		"AADSTS7000215: Invalid client secret provided.": "AADSTS7000215: Invalid client secret provided.",
		`a path C:\Users\abc and 100% of it`:             `a path C:\Users\abc and 100% of it`,
		"abc":                                            "abc", // too short a secret
	} {
		if got := redact(text, []string{"abc", `p"w\d+é&`, "  "}); got != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// A private key has thousands of characters.
func TestRedact_isQuickForALongSecret(t *testing.T) {
	long := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC/+\n", 300)
	start := time.Now()
	text := redact("key "+strings.ReplaceAll(long, "\n", `\n`)+" refused", []string{long})
	if strings.Contains(text, "MII") || time.Since(start) > time.Minute { // a quarter of a second on a quiet machine
		t.Errorf("after %s: %q", time.Since(start), text)
	}
}

func TestRedact_removesTheLongerSecretFirst(t *testing.T) {
	if got := redact("long-secret-and-more", []string{"long-secret", "long-secret-and-more"}); got != removed {
		t.Errorf("got %q", got)
	}
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{`p"w\d+é&`, "a b+c%2f", "\\\\\"\"", "Ω😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
		if len(s) < 4 || strings.Contains(removed, s) {
			return
		}
		const around = "POST of \n\n failed" + removed
		for name, form := range forms(s) {
			got := redact("POST of \n"+form+"\n failed", []string{s})
			if isPart := strings.Contains(around, form); strings.Contains(got, form) && !isPart {
				t.Errorf("%q as %s: %q is left in %q", s, name, form, got)
			}
		}
	})
}
