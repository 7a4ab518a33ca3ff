// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// CommandFileVariable is an environment variable with the path of a file. Every
// cluster of the process appends its commands to the file, one JSON object per line. If the path is a folder, each program has a file of its own in it
// (provider.test.jsonl). `make conformance` compares with Microsoft's parser.
const CommandFileVariable = "KUSTO_COMMAND_LOG"

// parsedCommand is one line of that file.
type parsedCommand struct {
	Text string `json:"text"`
	// Literals are the names and strings in it, in order.
	Literals []string `json:"literals"`
}

// commandFilePath is read at start, because tests clear the environment.
var commandFilePath = commandFileOf(os.Getenv(CommandFileVariable))

func commandFileOf(path string) string {
	if at, err := os.Stat(path); err == nil && at.IsDir() { //nolint:gosec // reading the configured path is the point
		return filepath.Join(path, strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")+".jsonl")
	}
	return path
}

var commandFile struct {
	sync.Mutex
	*os.File
}

// appendToFile appends a command to the file, if there is one, even if it does not
// parse: Microsoft's parser must refuse it too.
func appendToFile(text string, s command.Statement) {
	if commandFilePath == "" {
		return
	}
	line, err := json.Marshal(parsedCommand{Text: text, Literals: literalsOf(s)})
	if err != nil {
		panic(fmt.Sprintf("emulator: writing a command as JSON: %v", err)) // strings always marshal
	}
	commandFile.Lock()
	defer commandFile.Unlock()
	if commandFile.File == nil {
		if commandFile.File, err = os.OpenFile(commandFilePath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			panic(fmt.Sprintf("emulator: %s: %v", CommandFileVariable, err))
		}
	}
	if _, err := commandFile.Write(append(line, '\n')); err != nil {
		panic(fmt.Sprintf("emulator: %s: %v", CommandFileVariable, err))
	}
}

// literalsOf lists the names and strings of a command in order.
func literalsOf(s command.Statement) []string {
	literals := []string{}
	if s.Name != "" { // a list has none
		literals = append(literals, s.Name)
	}
	literals = append(literals, s.Principals...)
	for _, more := range []*string{s.Principal, s.Notes} {
		if more != nil {
			literals = append(literals, *more)
		}
	}
	for _, property := range s.Properties {
		literals = append(literals, property.Value)
	}
	return literals
}
