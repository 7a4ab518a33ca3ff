// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// PrincipalType is the type of a principal, as in the provider's functions and
// attributes.
type PrincipalType string

// The types of principal.
const (
	User  PrincipalType = "user"
	Group PrincipalType = "group"
	// App is an application or a managed identity.
	App PrincipalType = "app"
	// MSA is a personal Microsoft account.
	MSA PrincipalType = "msa"
	// Other is a principal with a prefix that only Kusto knows, such as dstsgroup. Its id is
	// the whole name.
	Other PrincipalType = "other"
)

// principalTypes pairs each type with the prefix of its FQN.
var principalTypes = []struct {
	Type   PrincipalType
	prefix string
}{
	{User, "aaduser"},
	{Group, "aadgroup"},
	{App, "aadapp"},
	{MSA, "msauser"},
	{Other, ""},
}

// PrincipalTypes are the types of principal as strings.
func PrincipalTypes() []string {
	names := make([]string, len(principalTypes))
	for i, t := range principalTypes {
		names[i] = string(t.Type)
	}
	return names
}

// FQN is a principal's fully qualified name as Kusto reads and writes it:
// prefix=id, or prefix=id;tenant (Microsoft, "Reference security principals").
type FQN struct {
	Type PrincipalType
	// ID is an object id, an application id, a UPN, an e-mail address or a
	// display name.
	ID string
	// Tenant is a tenant's id or domain name. If it is empty, the domain in the id
	// decides, and for the id of a group or an application the cluster's own tenant is meant.
	Tenant string

	// tenantID is the id of the tenant if the name has only a domain and the id was learned.
	tenantID string
}

var errSemicolons = errors.New("only one semicolon is allowed, between the principal and its tenant; if the name contains a semicolon, use the object id")

// IsGUID reports whether s is a GUID in the form with hyphens. It is called
// several times for each row of an answer, too often for a regular expression.
func IsGUID(s string) bool {
	const form = "00000000-0000-0000-0000-000000000000"
	if len(s) != len(form) {
		return false
	}
	for i := range len(s) {
		if form[i] == '-' && s[i] != '-' || form[i] != '-' && !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// ParseFQN parses a fully qualified name. Its errors say what to write instead. A name with
// an unknown prefix is of the type [Other].
func ParseFQN(s string) (FQN, error) {
	if err := checkPrintable(s); err != nil {
		return FQN{}, err
	}
	prefix, rest, ok := strings.Cut(s, "=")
	if !ok {
		return FQN{}, fmt.Errorf("it must begin with aaduser=, aadgroup=, aadapp= or msauser=, such as aaduser=alice@contoso.com")
	}
	kind, known := typeOf(prefix)
	if !known {
		return parseOther(s, prefix, rest)
	}
	f := FQN{Type: kind, ID: rest}
	if i := strings.LastIndexByte(rest, ';'); i >= 0 {
		f.ID, f.Tenant = rest[:i], rest[i+1:]
		if strings.Contains(f.ID, ";") {
			return FQN{}, errSemicolons
		}
		if !IsGUID(f.Tenant) && !mgmt.IsDomainName(f.Tenant) {
			return FQN{}, fmt.Errorf("the text after the semicolon must be the id or the domain name of a tenant, not %q", f.Tenant)
		}
	}
	if err := f.check(); err != nil {
		return FQN{}, err
	}
	return f, nil
}

// mistakenPrefixes are words that people write for a prefix, with the right one.
var mistakenPrefixes = map[string]string{
	"user": "aaduser", "aad": "aaduser", "group": "aadgroup", "app": "aadapp", "application": "aadapp", "aadapplication": "aadapp",
	"sp": "aadapp", "spn": "aadapp", "aadsp": "aadapp", "serviceprincipal": "aadapp", "aadserviceprincipal": "aadapp", "msa": "msauser",
}

// parseOther accepts any prefix but one that is likely a mistake for a known one.
func parseOther(s, prefix, rest string) (FQN, error) {
	meant := mistakenPrefixes[fold(prefix)]
	for _, t := range principalTypes {
		if t.prefix != "" && levenshtein.Distance(fold(prefix), t.prefix, nil) <= 2 {
			meant = t.prefix
		}
	}
	isWord := prefix != "" && !strings.ContainsFunc(prefix, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch {
	case meant != "":
		return FQN{}, fmt.Errorf("it must begin with aaduser=, aadgroup=, aadapp= or msauser=; did you mean %s=%s?", meant, rest)
	case !isWord, strings.TrimSpace(rest) == "":
		return FQN{}, fmt.Errorf("it must begin with aaduser=, aadgroup=, aadapp= or msauser=, such as aaduser=alice@contoso.com")
	}
	return FQN{Type: Other, ID: s}, nil
}

// NewFQN makes a name from its parts. The tenant may be empty as in [FQN].
func NewFQN(t PrincipalType, id, tenant string) (FQN, error) {
	if !slices.Contains(PrincipalTypes(), string(t)) {
		return FQN{}, fmt.Errorf("the type of a principal is one of %s, not %q", strings.Join(PrincipalTypes(), ", "), string(t))
	}
	f, err := ParseFQN(FQN{Type: t, ID: id, Tenant: tenant}.String())
	if err == nil && f.Type != t {
		return FQN{}, fmt.Errorf("%q is a principal of the type %s, not %s", f, f.Type, t)
	}
	return f, err
}

func typeOf(prefix string) (PrincipalType, bool) {
	for _, t := range principalTypes {
		if t.prefix != "" && fold(prefix) == t.prefix {
			return t.Type, true
		}
	}
	return "", false
}

// The joiners are invisible too, but names in many scripts contain them.
const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// checkPrintable refuses control characters and invisible characters. No principal has
// them, and one that was copied with the text would make it another name.
func checkPrintable(s string) error {
	if err := checkText(s); err != nil {
		return err
	}
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			return fmt.Errorf("it contains the control character %U", r)
		case isLineBreak(r), unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner && r != zeroWidthJoiner:
			return fmt.Errorf("it contains the invisible character %U", r)
		}
	}
	if s != strings.TrimSpace(s) {
		return fmt.Errorf("it begins or ends with white space")
	}
	return nil
}

// check refuses forms that Kusto does not document for the type of principal.
func (f FQN) check() error {
	if strings.TrimSpace(f.ID) == "" || f.ID != strings.TrimSpace(f.ID) {
		return fmt.Errorf("the id or name of the principal is missing, or has spaces around it")
	}
	if err := f.checkAlmostID(); err != nil {
		return err
	}
	switch f.Type {
	case MSA:
		return f.checkMSA()
	case App:
		return f.checkApp()
	}
	switch {
	case IsGUID(f.ID) && f.Tenant == "" && f.Type == User:
		return fmt.Errorf("an object id needs its tenant: %s;<tenant id or domain>", f)
	case f.Type == User && !IsGUID(f.ID) && !isAddress(f.ID):
		return fmt.Errorf("a user is written as UPN (aaduser=alice@contoso.com) or as object id and tenant (aaduser=<object id>;<tenant>)")
	case f.Type == Group && f.Tenant == "" && !isAddress(f.ID) && !IsGUID(f.ID):
		return fmt.Errorf("a group's display name needs its tenant: %s;<tenant id or domain>", f)
	}
	return nil
}

// checkAlmostID refuses what is meant for an id and would be read as a display name.
func (f FQN) checkAlmostID() error {
	bare := strings.Trim(f.ID, `"'{}()<> `)
	digits := strings.ReplaceAll(bare, "-", "")
	if id, err := uuid.Parse(digits); err == nil && len(digits) == 32 && !IsGUID(f.ID) {
		what := "without quotes and brackets"
		if !IsGUID(bare) {
			what = "with hyphens, and without quotes and brackets"
		}
		return fmt.Errorf("an id is written %s: did you mean %s?", what, FQN{Type: f.Type, ID: id.String(), Tenant: f.Tenant})
	}
	if (f.Type == App || f.Type == Group) && IsGUID(f.Tenant) && mgmt.IsDomainName(f.ID) {
		return fmt.Errorf("the principal comes before the tenant: did you mean %s? If %q is the display name, write the id instead",
			FQN{Type: f.Type, ID: f.Tenant, Tenant: f.ID}, f.ID)
	}
	return nil
}

func (f FQN) checkMSA() error {
	if f.Tenant != "" {
		return fmt.Errorf("a Microsoft account has no tenant: write msauser=%s", f.ID)
	}
	if !isAddress(f.ID) {
		return fmt.Errorf("a Microsoft account is written as its e-mail address: msauser=someone@outlook.com")
	}
	return nil
}

func (f FQN) checkApp() error {
	if f.Tenant == "" && !IsGUID(f.ID) {
		return fmt.Errorf("an application's display name needs its tenant: %s;<tenant id or domain>", f)
	}
	return nil
}

// isAddress reports whether s looks like a UPN or an e-mail address.
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && !strings.ContainsFunc(s[:at], notInAddress) && mgmt.IsDomainName(s[at+1:])
}

func notInAddress(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`@;,:="()<>[]\`, r)
}

// String formats the name for a command, with the prefix in lower case.
func (f FQN) String() string {
	text := f.ID
	for _, t := range principalTypes {
		if t.Type == f.Type && t.prefix != "" {
			text = t.prefix + "=" + f.ID
		}
	}
	if f.Tenant != "" {
		text += ";" + f.Tenant
	}
	return text
}

// isLineBreak reports whether some readers take the character for a line break:
// NEL and the line and paragraph separators.
func isLineBreak(r rune) bool { return r == 0x85 || r == 0x2028 || r == 0x2029 }

// checkText refuses what no literal can carry unchanged: invalid UTF-8 and NUL.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("the text is not valid UTF-8")
	}
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("the text contains a NUL character")
	}
	return nil
}

// CheckNotes returns an error for a text that cannot be the notes of a grant.
func CheckNotes(notes string) error { return checkText(notes) }
