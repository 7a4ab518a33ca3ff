// SPDX-License-Identifier: MPL-2.0

package script

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	grammar "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// oddText draws texts that are hard to quote, or look like parts of a script.
func oddText() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]string{
		"users", "none", "'", `"`, `\`, "['", "']", "(", ")", ",", ";", "//", "```", "~~~", "@'", "h'", "{", "}", "<|", "#", "\t", "\n", "\r\n",
		"\u0085", "\u2028", "\ufeff", "😀", "é", " ", `\u0027`, "\n.add database D users ('aaduser=a@contoso.com')", "skip-results",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(odd, rapid.StringN(0, 4, -1)), 0, 6).Draw(t, "parts"), "")
	})
}

// What the provider sends is read as what it meant, also in a script with other commands.
func TestParse_readsWhatTheProviderWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(kusto.SecurableTypes).Draw(t, "kind")
		name := oddText().Filter(func(s string) bool { return kusto.CheckIdentifier(s) == nil }).Draw(t, "name")
		ids := rapid.SliceOfN(oddText().Filter(func(s string) bool { return valid(group(s)) }), 0, 4).Draw(t, "ids")
		notes := oddText().Filter(func(s string) bool { return kusto.CheckNotes(s) == nil }).Draw(t, "notes")
		verb := rapid.SampledFrom([]mgmt.Verb{mgmt.Add, mgmt.Drop, mgmt.Set}).Draw(t, "verb")
		role := rapid.SampledFrom(kind.Roles).Draw(t, "role")
		if len(ids) == 0 {
			verb, notes = mgmt.Set, ""
		}
		want := Grant{Command: string(verb[1:]), Kind: kind.Slug, Role: role, Notes: notes}
		s := kusto.Securable{Type: kind, Database: name}
		switch {
		case kind == kusto.Cluster:
			s.Database = ""
		case kind.InsideDatabase():
			s.Name, want.Name = name, name
		default:
			want.Database = name
		}
		var principals []kusto.FQN
		var all []Grant
		for _, id := range ids {
			principals = append(principals, group(id))
			want.PrincipalFQN = group(id).String()
			all = append(all, want)
		}
		if len(ids) == 0 {
			all = []Grant{want}
		}
		text := kusto.WriteCommand(verb, s, role, principals, notes).Text
		before := rapid.SampledFrom([]string{"", "// '\n", ".create function f() { '}' }\n\n", ".execute database script <| "}).Draw(t, "before")
		got, err := Parse(before + text + "\n.drop table T\n")
		if err != nil || !slices.Equal(got, all) {
			t.Fatalf("%s\ngives %+v, %v\nwant %+v", text, got, err, all)
		}
	})
}

func group(name string) kusto.FQN {
	return kusto.FQN{Type: kusto.Group, ID: name, Tenant: "contoso.com"}
}

func valid(f kusto.FQN) bool {
	got, err := kusto.ParseFQN(f.String())
	return err == nil && got == f
}

// The emulator's parser shares no code with this one. It knows fewer forms, so a command
// that it refuses proves nothing.
func FuzzParse(f *testing.F) {
	for _, text := range scripts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		commands, err := parse(text)
		if err != nil && (commands != nil || !strings.HasPrefix(err.Error(), "line ") || !utf8.ValidString(err.Error())) {
			t.Errorf("%q gives %v, %v", text, commands, err)
		}
		for _, c := range commands {
			checkAgrees(t, c)
			if again, err := parse(c.text); err != nil || len(again) != 1 || !slices.Equal(again[0].grants(), c.grants()) {
				t.Errorf("%q alone is read as %+v, %v", c.text, again, err)
			}
		}
	})
}

func checkAgrees(t *testing.T, c command) bool {
	t.Helper()
	s, err := grammar.Parse(c.text)
	if err != nil {
		return false
	}
	notes := ""
	if s.Notes != nil {
		notes = *s.Notes
	}
	if s.Verb != "."+c.verb || s.Kind != c.kind.Keyword || s.Name != c.name || s.Role != string(c.role) || !slices.Equal(s.Principals, c.principals) || notes != c.notes {
		t.Errorf("%q is read as %+v, and by the emulator as %+v", c.text, c, s)
	}
	return true
}

func TestParse_agreesWithTheEmulator(t *testing.T) {
	t.Parallel()
	agreed := 0
	for name, text := range scripts(t) {
		commands, err := parse(text)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, c := range commands {
			if checkAgrees(t, c) {
				agreed++
			}
		}
	}
	if agreed < 50 {
		t.Errorf("the emulator reads only %d commands", agreed)
	}
}
