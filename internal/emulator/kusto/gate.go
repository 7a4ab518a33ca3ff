// SPDX-License-Identifier: MPL-2.0

package kusto

import "sync"

// maxHeld is the capacity of [Gate.Waiting].
const maxHeld = 4096

// Gate holds commands until it is released, so that tests can wait for an event
// instead of sleeping.
type Gate struct {
	match   func(Command) bool
	waiting chan Command
	open    chan struct{}
	once    sync.Once
}

// Hold makes matching commands wait until [Gate.Release], before their fault and
// their execution. A nil match holds all commands.
func (c *Cluster) Hold(match func(Command) bool) *Gate {
	g := &Gate{match: match, waiting: make(chan Command, maxHeld), open: make(chan struct{})}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.gates = append(c.faults.gates, g)
	return g
}

// Waiting receives each command as it starts to wait.
func (g *Gate) Waiting() <-chan Command { return g.waiting }

// Release lets all commands pass, waiting and later ones.
func (g *Gate) Release() { g.once.Do(func() { close(g.open) }) }

// pass waits at every gate that holds the command. It returns false if closing is closed meanwhile.
func (f *faults) pass(c Command, closing <-chan struct{}) bool {
	f.mu.Lock()
	gates := append([]*Gate(nil), f.gates...)
	f.mu.Unlock()
	for _, g := range gates {
		if g.match != nil && !g.match(c) {
			continue
		}
		select {
		case <-g.open:
			continue
		default:
		}
		select {
		case g.waiting <- c:
		default: // the channel is full
		}
		select {
		case <-g.open:
		case <-closing:
			return false
		}
	}
	return true
}
