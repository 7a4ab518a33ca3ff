// SPDX-License-Identifier: MPL-2.0

package mgmt

// Verb is the first word of a command.
type Verb string

// The verbs of this provider's commands.
const (
	Show Verb = ".show"
	Add  Verb = ".add"
	Drop Verb = ".drop"
	Set  Verb = ".set"
	// Clear is for caches alone.
	Clear Verb = ".clear"
)

// NoDatabase is the database of a command that is about the cluster. Microsoft's clients
// send it where none is chosen (azure-kusto-data, KustoConnectionStringBuilder).
const NoDatabase = "NetDefaultDB"

// Command is one management command, ready to send. All commands of this provider can be
// sent twice.
type Command struct {
	// Database is the one it is sent to.
	Database string
	Verb     Verb
	Text     string
	// Lists is what the answer is a list of: "principals". Empty if the answer is of no
	// interest.
	Lists string
	// Columns are those without which an answer proves nothing.
	Columns []string
}

// Is reports whether two commands ask or do the same.
func (c Command) Is(other Command) bool { return c.Database == other.Database && c.Text == other.Text }

// String is the text of the command.
func (c Command) String() string { return c.Text }

// unexpected is the error of an answer that is not a list of what it should be.
func (c Command) unexpected(why error) *Error {
	list := "readable"
	if c.Lists != "" {
		list = "a list of " + c.Lists
	}
	return &Error{Reason: ErrUnexpectedAnswer, Message: "the cluster's answer is not " + list + ": " + why.Error(), Err: why}
}
