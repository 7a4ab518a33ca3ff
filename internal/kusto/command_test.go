// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	grammar "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestCommands_areWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	alice, app := must("AADUSER=alice@contoso.com"), must("aadapp=dash'board;contoso.com")
	notes := `a "b" 'c' \ ` + "\t\n😀"
	for _, tc := range []struct {
		command  mgmt.Command
		database string
		want     string
	}{
		{ShowPrincipals(database("My DB")), "My DB", `.show database ['My DB'] principals`},
		{ShowPrincipals(entity("external_table", "E")), "Samples", `.show external table ['E'] principals`},
		{ShowRoles(entity("function", "F"), alice), "Samples", `.show function ['F'] principal 'aaduser=alice@contoso.com' roles`},
		{
			WriteCommand(mgmt.Add, database("users"), UnrestrictedViewers, []FQN{alice}, ""), "users",
			`.add database ['users'] unrestrictedviewers ('aaduser=alice@contoso.com')`,
		},
		{
			WriteCommand(mgmt.Add, entity("table", `we'ird["]`), Ingestors, []FQN{alice, app}, notes), "Samples",
			`.add table ['we\'ird[\"]'] ingestors ('aaduser=alice@contoso.com', 'aadapp=dash\'board;contoso.com') 'a \"b\" \'c\' \\ \t\n😀'`,
		},
		{
			WriteCommand(mgmt.Drop, entity("materialized_view", "where"), Admins, []FQN{app}, ""), "Samples",
			`.drop materialized-view ['where'] admins ('aadapp=dash\'board;contoso.com')`,
		},
		{WriteCommand(mgmt.Set, entity("graph_model", "G"), Admins, nil, ""), "Samples", `.set graph_model ['G'] admins none`},
		{WriteCommand(mgmt.Set, database("1day"), Users, []FQN{alice}, ""), "1day", `.set database ['1day'] users ('aaduser=alice@contoso.com')`},
	} {
		if tc.command.Text != tc.want || tc.command.Database != tc.database {
			t.Errorf("in %q:\n%s\nwant in %q:\n%s", tc.command.Database, tc.command.Text, tc.database, tc.want)
		}
		if got := tc.command.String(); got != tc.want {
			t.Errorf("the SDK sends %s", got)
		}
	}
}

// oddText draws texts that have broken somebody's quoting.
func oddText() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]string{
		"users", "where", "1day", "admins", "none", "'", `"`, `\`, "\\'", "['", "']", "[", "]", "(", ")", ",", ";", "//", "`", "~~~", "```", "@'",
		"h'", "\t", "\n", "\r", "\r\n", "\x01", "\x1f", "\x7f", "\u0085", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e", "😀", "𝔘", "\U0010ffff",
		"\ufffd", "é", "e\u0301", "ß", " ", "  ", `\u0027`, `\x27`, `\n`, "principals", ".drop database", "skip-results",
	})
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(odd, rapid.StringN(0, 4, -1)), 0, 8).Draw(t, "parts")
		return strings.Join(parts, "")
	})
}

func TestWriteCommand_readsBackWhateverItHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(SecurableTypes).Draw(t, "kind")
		name := oddText().Filter(func(s string) bool { return s != "" && checkText(s) == nil }).Draw(t, "name")
		role := rapid.SampledFrom(k.Roles).Draw(t, "role")
		ids := rapid.SliceOfN(oddText().Filter(func(s string) bool { return checkText(s) == nil }), 0, 5).Draw(t, "ids")
		verb := rapid.SampledFrom([]mgmt.Verb{mgmt.Add, mgmt.Drop, mgmt.Set}).Draw(t, "verb")
		notes := oddText().Filter(func(s string) bool { return CheckNotes(s) == nil }).Draw(t, "notes")
		principals := make([]FQN, len(ids))
		for i, id := range ids {
			principals[i] = FQN{Type: Group, ID: id, Tenant: "contoso.com"}
		}
		if len(ids) == 0 {
			verb, notes = mgmt.Set, ""
		}
		checkReadsBack(t, verb, named(k, name), role, principals, notes)
	})
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkReadsBack has the emulator's parser, which shares no code with this
// package, read what was written.
func checkReadsBack(t failer, v mgmt.Verb, s Securable, role Role, principals []FQN, notes string) {
	t.Helper()
	text := WriteCommand(v, s, role, principals, notes).Text
	got, err := grammar.Parse(text)
	if err != nil {
		t.Fatalf("%q does not parse: %v", text, err)
	}
	var written []string
	for _, p := range principals {
		written = append(written, p.String())
	}
	switch {
	case got.Verb != string(v), got.Kind != s.Type.Keyword, got.Name != s.ownName(), got.Role != string(role),
		!slices.Equal(got.Principals, written), got.None != (len(principals) == 0), got.SkipResults:
		t.Fatalf("%q reads back as %#v", text, got)
	case (notes == "") != (got.Notes == nil), notes != "" && notes != *got.Notes:
		t.Fatalf("%q: the notes read back as %v", text, got.Notes)
	}
	for _, r := range text {
		if r < 0x20 || r == 0x7f || isLineBreak(r) {
			t.Fatalf("%q holds %U", text, r)
		}
	}
	show, err := grammar.Parse(ShowPrincipals(s).Text)
	if err != nil || show.Name != s.ownName() || show.Roles {
		t.Fatalf("%q reads back as %#v, %v", ShowPrincipals(s).Text, show, err)
	}
	for _, p := range principals {
		roles, err := grammar.Parse(ShowRoles(s, p).Text)
		if err != nil || !roles.Roles || roles.Principal == nil || *roles.Principal != p.String() {
			t.Fatalf("%q reads back as %#v, %v", ShowRoles(s, p).Text, roles, err)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, seed := range [][3]string{
		{"Samples", "aaduser=alice@contoso.com", "notes"},
		{"users", "aadgroup=O'Brien's;contoso.com", `a\`},
		{"where", `aadgroup=a\b"c;contoso.com`, "tab\there\r\nand line"},
		{"1day", "aadapp=😀;contoso.com", "\u2028\u2029\u0085\x7f"},
		{`we'ird["]`, "aadgroup=') none //;contoso.com", "') .drop database X admins ('x"},
		{"a\\", "aadgroup=];contoso.com", "𝔘\U0010ffff"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, principal, notes string) {
		if checkText(name) != nil || name == "" || CheckNotes(notes) != nil {
			return
		}
		fqn, err := ParseFQN(principal)
		if err != nil {
			return
		}
		for _, k := range SecurableTypes {
			checkReadsBack(t, mgmt.Add, named(k, name), k.Roles[0], []FQN{fqn, fqn}, notes)
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "'", `\`, `\'`, "\"", "\t\r\n", "\u2028", "😀", "\u1f60", "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		got, err := grammar.Parse(".show database D principal " + quote(text) + " roles")
		if err != nil || got.Principal == nil || *got.Principal != text {
			t.Errorf("%q is written %s, which reads as %v, %v", text, quote(text), got.Principal, err)
		}
	})
}

func TestQuote_writesNoLineBreakAndNoWrongNumberOfDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     `''`,
		`'"\`:                  `'\'\"\\'`,
		"\t\n\r":               `'\t\n\r'`,
		"\x00\x1f\x7f\u0085":   `'\u0000\u001f\u007f\u0085'`,
		"\u2028\u2029":         `'\u2028\u2029'`,
		"é😀\U0010ffff\u1f60 ]": "'é😀\U0010ffff\u1f60 ]'",
	} {
		if got := quote(text); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}

func TestCheckNotes_refusesWhatNoLiteralCarries(t *testing.T) {
	t.Parallel()
	for notes, want := range map[string]string{
		"": "", "a\tb\n'\"\\ 😀": "", "a\x00b": "NUL", "a\xff": "UTF-8",
	} {
		wantError(t, notes, CheckNotes(notes), want)
	}
}
