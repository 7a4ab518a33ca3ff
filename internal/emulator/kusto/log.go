// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"slices"
	"sync"
	"time"
)

// Command is one management command and its outcome.
type Command struct {
	Time     time.Time // of arrival
	Database string    // the db of the request
	Text     string

	Verb       string    // ".add", ".drop", ".set", ".show" or ".clear"; "" if the text does not parse
	Securable  Securable // names as written; for a list, its Kind is the list
	Role       string    // plural word, "" for .show and .clear
	Principals []string  // as written
	Notes      string

	CallerFQN       string // "" if the token was refused
	ClientRequestID string
	App             string
	User            string
	ClientVersion   string

	Status  int    // of the answer; 0 before it, and when the connection was cut instead
	Fault   string // the [FaultKind], "" for no fault
	Refusal string // what the answer says; "" if the command was not refused
}

// maxCommands is how many commands a cluster keeps, the last ones.
const maxCommands = 100_000

// commandLog keeps a cluster's last commands in order of arrival.
type commandLog struct {
	mu       sync.Mutex
	commands []*Command
	observe  func(Command)
	inFlight int
	peak     int
}

func (l *commandLog) begin(c *Command) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.commands = append(l.commands, c); len(l.commands) > maxCommands {
		l.commands = slices.Delete(l.commands, 0, maxCommands/10)
	}
	l.inFlight++
	l.peak = max(l.peak, l.inFlight)
}

// atOnce is how many commands run now.
func (l *commandLog) atOnce() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight
}

// end records a command's status and calls the observer.
func (l *commandLog) end(c *Command, status int) {
	l.mu.Lock()
	c.Status = status
	l.inFlight--
	observe, copied := l.observe, *c
	l.mu.Unlock()
	if observe != nil {
		observe(copied)
	}
}

func (l *commandLog) setFault(c *Command, kind FaultKind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Fault = string(kind)
}

func (l *commandLog) setRefusal(c *Command, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Refusal = text
}

// Commands lists the commands in order of arrival, failed ones included.
func (c *Cluster) Commands() []Command {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	commands := make([]Command, len(c.log.commands))
	for i, logged := range c.log.commands {
		commands[i] = *logged
	}
	return commands
}

// ResetCommands empties the list of [Cluster.Commands] and resets [Cluster.InFlightPeak].
func (c *Cluster) ResetCommands() {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.log.commands = nil
	c.log.peak = c.log.inFlight
}

// InFlightPeak is the largest number of commands in flight at the same time.
func (c *Cluster) InFlightPeak() int {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return c.log.peak
}

// Observe makes the cluster call f after each command, on the goroutine of its request.
func (c *Cluster) Observe(f func(Command)) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.log.observe = f
}
