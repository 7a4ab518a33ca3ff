package emulator

import (
	"sync"
	"time"
)

// Command is one management command, as it came and as it ended.
type Command struct {
	Time     time.Time // of arrival
	Database string    // the request's db
	Text     string

	Verb       string    // ".add", ".drop", ".set", ".show" or ".alter"; "" where the text is no command
	Securable  Securable // names as written
	Role       string    // plural word, "" for .show
	Principals []string  // as written
	Notes      string

	CallerFQN       string // "" when the token was refused
	ClientRequestID string
	App             string
	User            string
	ClientVersion   string

	Status int    // of the answer; 0 while in flight, and where there was none
	Fault  string // the fault that was put in its way, "" for none
}

// commandLog keeps a cluster's commands in order of arrival.
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
	l.commands = append(l.commands, c)
	l.inFlight++
	l.peak = max(l.peak, l.inFlight)
}

// end notes how a command ended and tells the observer.
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

// set changes a logged command.
func (l *commandLog) set(c *Command, change func(*Command)) Command {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(c)
	return *c
}

// Commands lists the commands in order of arrival, also those that failed.
func (c *Cluster) Commands() []Command {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	commands := make([]Command, len(c.log.commands))
	for i, logged := range c.log.commands {
		commands[i] = *logged
	}
	return commands
}

// ResetCommands forgets the commands so far, and the peak.
func (c *Cluster) ResetCommands() {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.log.commands = nil
	c.log.peak = c.log.inFlight
}

// InFlightPeak is the most commands that were under way at once.
func (c *Cluster) InFlightPeak() int {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return c.log.peak
}

// Observe calls f after each command has ended, on that command's goroutine.
func (c *Cluster) Observe(f func(Command)) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.log.observe = f
}
