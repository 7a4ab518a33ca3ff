package emulator

import "sync"

// maxHeld is how many held commands a gate can tell of before somebody listens.
const maxHeld = 4096

// Gate holds commands until it is released, so that tests wait for events and not for time.
type Gate struct {
	match   func(Command) bool
	waiting chan Command
	open    chan struct{}
	once    sync.Once
}

// Hold makes commands that match wait before they are executed, or meet their
// fault, until [Gate.Release]. A nil match holds all.
func (c *Cluster) Hold(match func(Command) bool) *Gate {
	g := &Gate{match: match, waiting: make(chan Command, maxHeld), open: make(chan struct{})}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.gates = append(c.faults.gates, g)
	return g
}

// Waiting receives each command as it starts to wait.
func (g *Gate) Waiting() <-chan Command { return g.waiting }

// Release lets every command through from now on.
func (g *Gate) Release() { g.once.Do(func() { close(g.open) }) }

// pass waits at every gate that holds the command. It is false when the emulator closes.
func (f *faults) pass(c Command, done <-chan struct{}) bool {
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
		default: // nobody has listened for a long time
		}
		select {
		case <-g.open:
		case <-done:
			return false
		}
	}
	return true
}
