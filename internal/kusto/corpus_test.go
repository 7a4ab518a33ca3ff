// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// corpusVariable names a file to write the corpus to, a command a line. `make
// conformance` has Microsoft's own parser read it.
const corpusVariable = "KUSTO_CORPUS"

// corpusFile is read before the tests clear what belongs to a person's own cluster.
var corpusFile = os.Getenv(corpusVariable)

var (
	corpusNames = []string{
		"Samples", "My DB", `we'ird["]`, "users", "admins", "where", "none", "principals", "1day", "a.b-c", "Night Admin", "Données", "漢字", "😀",
		`back\slash`, `'`, `"`, `']`, `\u0041`, "@'x'", "//", "(", ";", "skip-results", "0f5ad1b4-0000-4000-8000-00000000e4e4",
	}
	corpusPrincipals = []string{
		"aaduser=alice@contoso.com", "aaduser=alice@contoso.com;contoso.com", "aadgroup=On-Call;contoso.com", "aadgroup=Data Readers;contoso.com",
		"aadgroup=O'Brien's \"team\";contoso.com", "aadgroup=back\\slash;contoso.com", "aadgroup=Größe 漢字 😀;contoso.com", "aadgroup='), ('x;contoso.com",
		"aadapp=00000000-0000-4000-8000-0000000000a1;c0c0c0c0-0000-4000-8000-00000000c0c0", "aadapp=dash'board;contoso.com", "msauser=carol@outlook.com",
	}
	corpusNotes = []string{
		"", "plain", `it's "quoted"`, `back\slash and \n that is none`, "a\ttab, a\nnewline and a\r\nreturn", "ünïcödé, 漢字, 😀 and \U0010ffff",
		"'); .drop database ['users'] admins none //", "')", `\u1f600`, "\u0085\u2028\u2029", "\x01\x1f\x7f", "```", "~~~", "h'secret'", "@'verbatim'", "none", "skip-results",
	}
)

// corpusCommand is a command and the names and strings in it, in order.
type corpusCommand struct {
	Text     string   `json:"text"`
	Literals []string `json:"literals"`
}

func TestCorpus_isWrittenWhereAFileIsNamed(t *testing.T) {
	t.Parallel()
	commands := corpus()
	if corpusFile == "" {
		t.Skipf("%s names no file; there are %d commands", corpusVariable, len(commands))
	}
	file, err := os.Create(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := json.NewEncoder(file)
	out.SetEscapeHTML(false)
	for _, c := range commands {
		if err := out.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
}

// corpus has every kind with every verb and role; and, for every kind, every odd
// name, principal and text of notes. Not all of them with each other: Microsoft's
// parser takes a twentieth of a second a command.
func corpus() []corpusCommand {
	var all []corpusCommand
	alice, plain := must("aaduser=alice@contoso.com"), "plain"
	for _, kind := range SecurableTypes {
		s := named(kind, "Samples")
		all = append(all, corpusCommand{ShowRoles(s, alice).Text, append(nameIn(s), alice.String())}, corpusCommand{ShowRoles(s, FQN{}).Text, nameIn(s)})
		for _, role := range kind.Roles {
			all = append(all, written(mgmt.Set, s, role, nil, ""))
			for _, v := range writeVerbs {
				all = append(all, written(v, s, role, []FQN{alice}, ""), written(v, s, role, []FQN{alice}, plain))
			}
		}
		for i, name := range corpusNames {
			all = append(all,
				corpusCommand{ShowPrincipals(named(kind, name)).Text, nameIn(named(kind, name))},
				written(writeVerbs[i%len(writeVerbs)], named(kind, name), kind.Roles[0], []FQN{alice}, plain))
		}
		all = append(all, writtenFor(s, kind.Roles[0])...)
	}
	return all
}

// nameIn is the securable's name in a command, if it has one.
func nameIn(s Securable) []string {
	if s.Type == Cluster {
		return []string{}
	}
	return []string{s.ownName()}
}

var writeVerbs = []mgmt.Verb{mgmt.Add, mgmt.Drop, mgmt.Set}

// writtenFor has every odd principal, alone and all together, and every odd text
// of notes.
func writtenFor(s Securable, role Role) []corpusCommand {
	var all []corpusCommand
	var everyone []FQN
	for i, p := range corpusPrincipals {
		everyone = append(everyone, must(p))
		all = append(all, written(writeVerbs[i%len(writeVerbs)], s, role, everyone[i:], ""))
	}
	for i, notes := range corpusNotes {
		all = append(all, written(writeVerbs[i%len(writeVerbs)], s, role, everyone, notes))
	}
	return all
}

func written(v mgmt.Verb, s Securable, role Role, principals []FQN, notes string) corpusCommand {
	c := corpusCommand{WriteCommand(v, s, role, principals, notes).Text, nameIn(s)}
	for _, p := range principals {
		c.Literals = append(c.Literals, p.String())
	}
	if notes != "" {
		c.Literals = append(c.Literals, notes)
	}
	return c
}
