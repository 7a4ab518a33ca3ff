// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// builtIn are the behaviours that have a name.
//
//go:embed behaviours/*.json
var builtIn embed.FS

// BehaviourNames are the names of the behaviours that are built in, sorted.
func BehaviourNames() (names []string) {
	entries, _ := builtIn.ReadDir("behaviours") // it is there
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// BehaviourFile is a Behaviour as a file has it. A probe adds the question to which each
// field is the answer: a field that is not there may be a known default, or unknown. The
// emulator behaves by the fields alone.
type BehaviourFile struct {
	Behaviour
	// Answers are what a probe found out, and Unknown is why it did not, by question.
	Answers map[string]string `json:"answers,omitempty"`
	Unknown map[string]string `json:"unknown,omitempty"`
}

// ReadBehaviour reads a behaviour that is built in, by its name, or from a file in JSON. A field
// that BehaviourFile does not have is an error.
func ReadBehaviour(name string) (Behaviour, error) {
	read := os.ReadFile
	if slices.Contains(BehaviourNames(), name) {
		name, read = path.Join("behaviours", name+".json"), builtIn.ReadFile
	}
	text, err := read(name)
	switch {
	case err != nil && !strings.ContainsAny(name, `./\`):
		return Behaviour{}, fmt.Errorf("emulator: %w; the behaviours that are built in are %s", err, strings.Join(BehaviourNames(), ", "))
	case err != nil:
		return Behaviour{}, fmt.Errorf("emulator: %w", err)
	}
	var file BehaviourFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return Behaviour{}, fmt.Errorf("emulator: %s: %w", name, err)
	}
	return file.Behaviour, nil
}
