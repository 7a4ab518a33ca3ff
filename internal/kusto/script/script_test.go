// SPDX-License-Identifier: MPL-2.0

package script

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// row is a grant as the files of expected grants write it.
type row struct {
	Command      string     `json:"command"`
	Kind         string     `json:"kind"`
	Database     string     `json:"database,omitempty"`
	Name         string     `json:"name,omitempty"`
	Role         kusto.Role `json:"role"`
	PrincipalFQN string     `json:"principal_fqn,omitempty"`
	Notes        string     `json:"notes,omitempty"`
}

// scripts are the scripts in testdata, by name.
func scripts(tb testing.TB) map[string]string {
	tb.Helper()
	paths, err := filepath.Glob("testdata/*.kql")
	if err != nil || len(paths) == 0 {
		tb.Fatal("no scripts", err)
	}
	all := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".kql")] = string(content)
	}
	return all
}

func expected(t *testing.T, name string) []Grant {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	var grants []Grant
	for _, r := range rows {
		grants = append(grants, Grant(r))
	}
	return grants
}

func TestParse_readsTheScriptsInTestdata(t *testing.T) {
	t.Parallel()
	for name, text := range scripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkParses(t, text, expected(t, name))
		})
	}
}

// What editors and systems do to a script changes no grant.
func TestParse_readsEveryEncodingOfLines(t *testing.T) {
	t.Parallel()
	for name, text := range scripts(t) {
		for what, lineBreak := range map[string]string{"Windows": "\r\n", "old Macintosh": "\r"} {
			want := expected(t, name)
			for i := range want {
				want[i].Notes = strings.ReplaceAll(want[i].Notes, "two\nlines", "two"+lineBreak+"lines")
			}
			t.Run(name+" of "+what, func(t *testing.T) {
				t.Parallel()
				checkParses(t, "\ufeff"+strings.ReplaceAll(text, "\n", lineBreak), want)
			})
		}
	}
}

func checkParses(t *testing.T, text string, want []Grant) {
	t.Helper()
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("grant %d differs:\n%+v\nwant\n%+v", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

func TestParse_saysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const good = "('aaduser=alice@contoso.com')"
	for text, want := range map[string]string{
		"// one\n\n.add database Samples viewer " + good:                          `line 3, .add database Samples viewer ('aaduser=alice@contoso.com'): expected a role of a database (admins, users, viewers, unrestrictedviewers, ingestors, monitors), not viewer`,
		".add table T viewers " + good:                                            `line 1, .add table T viewers ('aaduser=alice@contoso.com'): expected a role of a table (admins, ingestors), not viewers`,
		".add function F users " + good:                                           `the role admins, the only one of a function, not users`,
		".add database viewers 'aaduser=a@contoso.com'":                           `expected a role of a database`,
		".add databse D users " + good:                                            `expected one of cluster, database, table, external table, materialized-view, function, graph_model, follower database, not databse`,
		".add database {db} users " + good:                                        `expected the name of a database, not {`,
		".set database {db} users " + good:                                        `expected the name of a database, not {`,
		".set database <db> users none":                                           `expected the name of a database, not <`,
		".drop databse D users " + good:                                           `not databse`,
		".add database my-db users " + good:                                       `a name with a hyphen is written in brackets: ['my-db']`,
		".add database Db.T users " + good:                                        `expected a role of a database`,
		".add database ['D users " + good:                                         `expected ]`,
		".add database [D users\n(" + good:                                        `expected ], not (`,
		".add database [''] users " + good:                                        `a name must not be empty`,
		".add database D users 'aaduser=a@contoso.com'":                           `expected principals in parentheses, such as ('aaduser=alice@contoso.com'), not 'aaduser=a@contoso.com'`,
		".add database D users ()":                                                `expected a principal in quotes, not )`,
		".add database D users (aaduser=a@contoso.com)":                           `expected a principal in quotes, not aaduser`,
		".add database D users ('aaduser=a@contoso.com' 'aaduser=b@contoso.com')": `expected "," or ")", not 'aaduser=b@contoso.com'`,
		".add database D users ('aaduser=a@contoso.com',)":                        `expected a principal in quotes, not )`,
		".add database D users (\n'aaduser=a@contoso.com',\n'alice')":             `line 3, 'alice'): "alice" is not a principal: it must begin with aaduser=`,
		".add database D users ('aadapp={{app}};{{tenant}}')":                     `not "{{tenant}}"`,
		".add database D users ('aaduser=a@contoso.com)":                          `the string does not end in its line`,
		".add database D users " + good + " 'it's":                                `expected the end of the command, and a new line, not s`,
		".add database D users " + good + " 'C:\\dir'":                            `a backslash that begins no known escape`,
		".add database D users " + good + " 'a' 'b'":                              `expected the end of the command`,
		".add database D users " + good + " .add table T admins " + good:          `expected the end of the command`,
		".add database D users " + good + "\nnosuch":                              `line 2, nosuch: expected the end of the command`,
		".add database D users " + good + "\n// then\nT | take 1":                 `line 3, T | take 1: expected the end of the command`,
		".set database D users none 'notes'":                                      `expected the end of the command`,
		".add database D users none":                                              `expected principals in parentheses`,
		".drop table T admins":                                                    `line 1, .drop table T admins: expected principals in parentheses, such as ('aaduser=alice@contoso.com'), not the end of the script`,
		".add":                                                                    `not the end of the script`,
		".add database D users " + good + " 'a note that does not end":            `the string does not end in its line`,
		"\n.alter table T policy update ```[{}]\n.add database D users " + good:   "line 2, .alter table T policy update ```[{}]: the multi-line string does not end with ```",
		".create function f() {\n T\n\n.add database D users " + good:             `line 1, .create function f() {: a "{" has no "}"`,
		".add database D users ('aaduser=" + strings.Repeat("x", 80) + "')":       `line 1, .add database D users ('aaduser=xxxxxxxxxxxxxxxxxxxxxxxxxxxx…: "aaduser=`,
	} {
		grants, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %+v, %v\nwant %s", text, grants, err, want)
		}
	}
}

func TestParse_skipsWhatIsNoGrant(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "\ufeff", "// .add database D", "T | where a == 'x", "}", "};", "'", "@", "[", "h", "#",
		".add-x database D", "x.add database D users ('a')", "| .add database D users ('a')",
		".set T <| print 'aaduser=a@contoso.com'", ".set database D prettyname 'none'", ".drop database D", ".drop database admins", ".drop table T ifexists\n\nT | where Owner == 'aaduser=a@contoso.com'", ".drop table T columns ('a')",
		".add cluster blockedprincipals 'aadapp=x' application 'y'",
	} {
		if grants, err := Parse(text); err != nil || len(grants) > 0 {
			t.Errorf("%s\ngives %+v, %v", text, grants, err)
		}
	}
}
