// SPDX-License-Identifier: MPL-2.0

package command_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

func ptr(s string) *string { return &s }

func TestParse_readsEveryForm(t *testing.T) {
	for text, want := range map[string]command.Statement{
		".show database D principals":           {Verb: ".show", Kind: "database", Name: "D"},
		".show cluster principals":              {Verb: ".show", Kind: "cluster"},
		".show cluster principal roles":         {Verb: ".show", Kind: "cluster", Roles: true},
		".set cluster alldatabasesviewers none": {Verb: ".set", Kind: "cluster", Role: "alldatabasesviewers", None: true},
		".add cluster alldatabasesadmins ('a', \"b\") 'n'": {
			Verb: ".add", Kind: "cluster", Role: "alldatabasesadmins", Principals: []string{"a", "b"}, Notes: ptr("n")},
		".drop cluster alldatabasesmonitors ('a') skip-results": {
			Verb: ".drop", Kind: "cluster", Role: "alldatabasesmonitors", Principals: []string{"a"}, SkipResults: true},
		".show table ['T'] principal roles":           {Verb: ".show", Kind: "table", Name: "T", Roles: true},
		".show function F principal 'aadapp=x' roles": {Verb: ".show", Kind: "function", Name: "F", Roles: true, Principal: ptr("aadapp=x")},
		".add database D users ('a')":                 {Verb: ".add", Kind: "database", Name: "D", Role: "users", Principals: []string{"a"}},
		".add database ['users'] users ('a')":         {Verb: ".add", Kind: "database", Name: "users", Role: "users", Principals: []string{"a"}},
		".add database [\"1day\"] users ('a')":        {Verb: ".add", Kind: "database", Name: "1day", Role: "users", Principals: []string{"a"}},
		".drop external table E admins ('a',\"b\") skip-results 'n'": {
			Verb: ".drop", Kind: "external table", Name: "E", Role: "admins", Principals: []string{"a", "b"}, SkipResults: true, Notes: ptr("n")},
		".set materialized-view M admins none skip-results": {Verb: ".set", Kind: "materialized-view", Name: "M", Role: "admins", None: true, SkipResults: true},
		".set\tgraph_model G // why\r\n admins ( 'a' ) @'it''s \\n' ;": {
			Verb: ".set", Kind: "graph_model", Name: "G", Role: "admins", Principals: []string{"a"}, Notes: ptr(`it's \n`)},
		".show databases":                        {Verb: ".show", Kind: "databases"},
		".show tables":                           {Verb: ".show", Kind: "tables"},
		".show tables (T, ['my table']) details": {Verb: ".show", Kind: "tables", Details: []string{"T", "my table"}},
		".show external tables":                  {Verb: ".show", Kind: "external tables"},
		".show materialized-views":               {Verb: ".show", Kind: "materialized-views"},
		".show functions":                        {Verb: ".show", Kind: "functions"},
		".show\n graph_models // all\n;":         {Verb: ".show", Kind: "graph_models"},
		".show table graph_models principals":    {Verb: ".show", Kind: "table", Name: "graph_models"},
		".clear cluster cache groupmembership":   {Verb: ".clear", Kind: "cluster"},
		".clear cluster cache groupmembership with (group=h'g') ;": {
			Verb: ".clear", Kind: "cluster", Properties: []command.Property{{Name: "group", Value: "g"}}},
		".clear cluster cache groupmembership with (principal='p')": {
			Verb: ".clear", Kind: "cluster", Properties: []command.Property{{Name: "principal", Value: "p"}}},
		".clear cluster cache groupmembership with ( group = \"g\" ,\nprincipal = @'it''s')": {
			Verb: ".clear", Kind: "cluster", Properties: []command.Property{{Name: "group", Value: "g"}, {Name: "principal", Value: "it's"}}},
		".add follower database D monitors ('a')":           {Verb: ".add", Kind: "follower database", Name: "D", Role: "monitors", Principals: []string{"a"}},
		".add database D users (h'a', H\"b\", h@'c\\', '')": {Verb: ".add", Kind: "database", Name: "D", Role: "users", Principals: []string{"a", "b", `c\`, ""}},
	} {
		got, err := command.Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestParse_unescapesStrings(t *testing.T) {
	for literal, want := range map[string]string{
		`'a\'b"c'`:               `a'b"c`,
		`"a'b\"c"`:               `a'b"c`,
		`'\\ \t \n \r \a\b\f\v'`: "\\ \t \n \r \a\b\f\v",
		`'\x41\u0042\U00000043'`: "ABC",
		`'\U0001F600'`:           "😀",
		`'\ud83d\ude00'`:         "😀",
		`'\u1f6000'`:             "\u1f60" + "00",
		`'\ud83d'`:               "\ufffd",
		`'\ud83dx'`:              "\ufffdx",
		`'\101\0'`:               "A\x00",
		`'\47'`:                  "'",
		`'\400'`:                 " 0",
		"'tab\there'":            "tab\there",
		"'naïve 😀'":              "naïve 😀",
		"```a\n'b'```":           "a\n'b'",
		`@"a""b\"`:               `a"b\`,
	} {
		got, err := command.Parse(".add database D users ('p') " + literal)
		if err != nil || got.Notes == nil || *got.Notes != want {
			t.Errorf("%s: got %q, %v; want %q", literal, deref(got.Notes), err, want)
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return "<none>"
	}
	return *s
}

func TestParse_refuses(t *testing.T) {
	const groups = ".clear cluster cache groupmembership"
	for _, text := range []string{
		"", "Samples | take 1", ".create table T (a:int)", ".show database users principals",
		".add database where users ('a')", ".add database 1day users ('a')", ".add database my db users ('a')",
		".add database D owners ('a')", ".add table T viewers ('a')", ".add external table E ingestors ('a')",
		".add database D users ()", ".add database D users ('a',)", ".add database D users ('a'", ".add database D users (a)",
		".add database D users none", ".add database D users ('a') 'it''s'", ".add database D users ('a') 'two\nlines'",
		".add database D users ('a') 'two\u2028lines'", `.add database D users ('a') '\q'`, `.add database D users ('a') '\u12'`,
		".add database D users ('a') 'open", ".add database [''] users ('a')", ".add database [D] users ('a')", ".add database ['D' users ('a')",
		".add database D users ('a'); .drop database D users ('a')", ".add cluster admins ('a')", ".add cluster AllDatabasesViewer ('a')",
		".add cluster ['c'] alldatabasesviewers ('a')", ".add database D alldatabasesviewers ('a')", ".set follower database D users ('a')",
		".add database D users ('a') 'n' skip-results", ".alter database D principals-modification-kind = none", ".SHOW database D principals",
		".add database D users ('a' 'b')", `.add database D users ("a') `, ".show database D principal", ".add database D users ('a') #",
		".show tables X", ".show tables principals", ".show tables (X)", ".show external", ".show external tables X", ".show materialized-views-x",
		".show materialized -views", ".show table materialized-views principals", ".show graph_models details", ".add tables admins ('a')",
		".clear", ".clear database D cache groupmembership", ".clear cluster cache", ".clear cluster cache credstore", ".clear cluster groupmembership",
		groups + " with", groups + " with ()", groups + " with (user='p')", groups + " with (Group='g')", groups + " with (principal='p', principal='p')",
		groups + " with (group=g)", groups + " with (group=1)", groups + " with (group)", groups + " with (group='g',)", groups + " with (group='g' principal='p')",
		groups + " with (group='g'", groups + " (group='g')", groups + " group='g'", groups + " with (['group']='g')", groups + " 'g'",
		".add database D users ('a') h", ".add database D users ('a') @n",
	} {
		_, err := command.Parse(text)
		var syntax *command.SyntaxError
		if !errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), "Syntax error: ") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestParse_namesThePosition(t *testing.T) {
	_, err := command.Parse(".add database\n users users ('a')")
	var syntax *command.SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 2 || syntax.Column != 2 || !strings.HasPrefix(syntax.Near, "users") {
		t.Errorf("got %v", err)
	}
}

// FuzzParse looks for texts that make the parser panic, and for values that
// do not survive being written as escapes again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		".add database ['we\\'ird[\\\"]'] users ('aadapp=a;b') 'n'", ".set table T admins none", ".show database D principal 'x' roles",
		".add database D users (h@'a''b', \"\\ud83d\\ude00\") skip-results", ".drop external table ['1 day'] admins ('\\101')",
		".clear cluster cache groupmembership with (group=h'a', principal=\"\\\\\")", ".clear cluster cache groupmembership",
		".add cluster alldatabasesviewers ('a') 'n'", ".show external tables", ".show materialized-views;", "'", ".", "[", "\\",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := command.Parse(text)
		if err != nil || len(s.Principals) == 0 && len(s.Properties) == 0 {
			return
		}
		again, err := command.Parse(written(s))
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("%q is %+v, written as %q it is %+v, %v", text, s, written(s), again, err)
		}
	})
}

// written is a statement's text with every name and string spelled in escapes.
func written(s command.Statement) string {
	if s.Verb == command.Clear {
		return s.Verb + " cluster cache groupmembership with (" + writtenProperties(s) + ")"
	}
	quoted := make([]string, len(s.Principals))
	for i, p := range s.Principals {
		quoted[i] = escaped(p)
	}
	name := " [" + escaped(s.Name) + "] "
	if s.Kind == command.Cluster {
		name = " "
	}
	text := s.Verb + " " + s.Kind + name + s.Role + " (" + strings.Join(quoted, ",") + ")"
	if s.SkipResults {
		text += " skip-results"
	}
	if s.Notes != nil {
		text += " " + escaped(*s.Notes)
	}
	return text
}

func writtenProperties(s command.Statement) string {
	properties := make([]string, len(s.Properties))
	for i, p := range s.Properties {
		properties[i] = p.Name + "=" + escaped(p.Value)
	}
	return strings.Join(properties, ",")
}

func escaped(s string) string {
	var out strings.Builder
	out.WriteByte('\'')
	for _, r := range s {
		const digits = "0123456789abcdef"
		out.WriteString(`\U`)
		for shift := 28; shift >= 0; shift -= 4 {
			out.WriteByte(digits[r>>shift&15])
		}
	}
	out.WriteByte('\'')
	return out.String()
}
