package emulator

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// CommandFileVariable names a file to which every emulator of the process
// appends each command with what it was read as, a JSON object a line; or a
// folder, in which each program has a file of its own (provider.test.jsonl).
// `make conformance` has Microsoft's own parser read the same commands.
const CommandFileVariable = "KUSTO_COMMAND_LOG"

// ReadCommand is one line of that file.
type ReadCommand struct {
	Text string `json:"text"`
	// Literals are the names and strings in it, in order.
	Literals []string `json:"literals"`
}

// commandFilePath is read before a test's main function cleans the environment.
var commandFilePath = commandFileOf(os.Getenv(CommandFileVariable))

func commandFileOf(path string) string {
	if at, err := os.Stat(path); err == nil && at.IsDir() { //nolint:gosec // the folder that was named is the point
		return filepath.Join(path, filepath.Base(os.Args[0])+".jsonl")
	}
	return path
}

var commandFile struct {
	sync.Mutex
	*os.File
}

// keepCommand appends a command to the file, if there is one. A command that the
// emulator could not read is kept too: Microsoft's parser then says why.
func keepCommand(text string, s command.Statement) {
	if commandFilePath == "" {
		return
	}
	kept := ReadCommand{Text: text, Literals: append([]string{s.Name}, s.Principals...)}
	for _, more := range []*string{s.Principal, s.Notes} {
		if more != nil {
			kept.Literals = append(kept.Literals, *more)
		}
	}
	line, err := json.Marshal(kept)
	if err != nil {
		panic(fmt.Sprintf("emulator: a command cannot be kept: %v", err)) // strings always can
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
