// SPDX-License-Identifier: MPL-2.0

// Package singleflight makes those who want the same answer at the same time share it, as
// golang.org/x/sync/singleflight does, with keys of any comparable type: a key that is joined
// from several texts may be two questions.
package singleflight

import "sync"

// Group shares the answers to questions. The zero value is ready.
type Group[Key comparable, Value any] struct {
	mu      sync.Mutex
	flights map[Key]*flight[Value]
}

// Result is an answer.
type Result[Value any] struct {
	Val Value
	Err error
}

type flight[Value any] struct{ waiting []chan Result[Value] }

// DoChan calls ask, in a goroutine of its own, unless a call for the key is under way. The
// channel gets the result of that call.
func (g *Group[Key, Value]) DoChan(key Key, ask func() (Value, error)) <-chan Result[Value] {
	result := make(chan Result[Value], 1) // nobody has to receive it
	g.mu.Lock()
	defer g.mu.Unlock()
	if f, underWay := g.flights[key]; underWay {
		f.waiting = append(f.waiting, result)
		return result
	}
	f := &flight[Value]{waiting: []chan Result[Value]{result}}
	if g.flights == nil {
		g.flights = make(map[Key]*flight[Value])
	}
	g.flights[key] = f
	go func() {
		value, err := ask()
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.flights, key)
		for _, waiting := range f.waiting {
			waiting <- Result[Value]{value, err}
		}
	}()
	return result
}
