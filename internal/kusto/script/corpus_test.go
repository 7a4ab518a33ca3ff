// SPDX-License-Identifier: MPL-2.0

package script

import (
	"encoding/json"
	"os"
	"testing"
)

// corpusFile is where to write the scripts and their commands, for Microsoft's own parser
// to read: see make conformance.
var corpusFile = os.Getenv("KUSTO_CORPUS")

// notInGrammar are scripts with something that Microsoft's grammar of an .execute
// database script does not have: spellings that people use, and directives of editors.
var notInGrammar = map[string]bool{"spellings": true, "broken-functions": true, "editor": true}

func TestCorpus_isWrittenWhereAFileIsNamed(t *testing.T) {
	t.Parallel()
	if corpusFile == "" {
		t.Skip("KUSTO_CORPUS names no file")
	}
	file, err := os.Create(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := json.NewEncoder(file)
	out.SetEscapeHTML(false)
	write := func(line map[string]any) {
		if err := out.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range scripts(t) {
		commands, err := parse(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if notInGrammar[name] {
			continue
		}
		write(map[string]any{"script": text, "commands": len(commands)})
		for _, c := range commands {
			write(map[string]any{"text": c.text, "literals": c.literals()})
		}
	}
}

// literals are the names and strings of a command, in order.
func (c command) literals() []string {
	all := []string{}
	for _, s := range append(append([]string{c.name}, c.principals...), c.notes) {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}
