// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"math/rand/v2"
	"sync"
	"time"
)

// FaultKind is a kind of failure of a command.
type FaultKind string

// The kinds of fault. An executed command took effect, although the client cannot know.
const (
	Throttle       FaultKind = "429"             // 429 ControlCommandThrottledException, not executed
	Unavailable    FaultKind = "503"             // not executed
	GatewayTimeout FaultKind = "504"             // executed half the time
	Status520      FaultKind = "520"             // executed half the time
	CutBefore      FaultKind = "cut-before"      // the connection is closed, not executed
	CutAfter       FaultKind = "cut-after"       // executed, then the connection is closed
	Truncate       FaultKind = "truncate"        // executed, half the body is sent
	Slow           FaultKind = "slow"            // executed after Delay
	Unauthorized   FaultKind = "401"             // not executed
	Partial        FaultKind = "partial"         // 200 with "Exceptions" beside "Tables", not executed
	PartialRow     FaultKind = "partial-row"     // 200 with a row that is an object with "Exceptions", not executed
	Forbidden      FaultKind = "403"             // not executed
	Custom         FaultKind = "custom"          // Status and Body, not executed
	CustomExecuted FaultKind = "custom-executed" // executed, then Status and Body
)

// Fault is the failure of one command. The zero value is no failure.
type Fault struct {
	Kind       FaultKind
	RetryAfter time.Duration // Throttle and Unavailable: the Retry-After header in whole seconds, rounded up; 0 for no header
	Delay      time.Duration // before anything else
	Status     int           // Custom and CustomExecuted
	Body       string        // Custom and CustomExecuted
}

// FaultPlan makes random commands of a cluster fail. A share, from 0 to 1, is the
// probability of a kind of fault. The sum of the shares is at most 1.
type FaultPlan struct {
	Seed int64 // the same seed and the same order of commands give the same faults

	Throttle, Unavailable, GatewayTimeout, Status520 float64
	CutBefore, CutAfter, Truncate, Slow              float64
	Unauthorized, Partial                            float64

	RetryAfter time.Duration // of Throttle and Unavailable, see [Fault]
	SlowBy     time.Duration // of Slow

	// Late is the share of principals, not of commands, whose first LateLookups
	// lookups (0 means 1) on this cluster fail.
	Late        float64
	LateLookups int

	MetadataFailures int // number of metadata requests, from now on, that answer 503

	// MaxPerCommand is the largest number of consecutive faults of one command text, 0 for no limit.
	MaxPerCommand int
}

// faults decides which commands of a cluster fail.
type faults struct {
	mu        sync.Mutex
	latency   time.Duration
	plan      FaultPlan
	random    *rand.Rand
	inARow    map[string]int
	lateSeen  map[string]int // failures left, by FQN
	metadata  int
	intercept func(Command) *Fault
	gates     []*Gate
	// interceptMetadata is called for requests for the sign-in metadata.
	interceptMetadata func() *Fault
}

// SetFaults replaces the fault plan. The zero FaultPlan ends all faults.
func (c *Cluster) SetFaults(plan FaultPlan) {
	f := &c.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = plan
	f.random = rand.New(rand.NewPCG(uint64(plan.Seed), 0)) //nolint:gosec // repeatable on purpose
	f.inARow, f.lateSeen = map[string]int{}, map[string]int{}
	f.metadata = plan.MetadataFailures
}

// Intercept calls fn for every command before it is executed, and applies the
// returned fault. A nil fault leaves the command to the plan. A nil fn ends it.
func (c *Cluster) Intercept(fn func(Command) *Fault) {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.intercept = fn
}

// InterceptMetadata calls fn for every request for the sign-in metadata, and applies the
// returned fault: Unavailable, CutBefore or Custom. A nil fault is none. A nil fn ends it.
func (c *Cluster) InterceptMetadata(fn func() *Fault) {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.interceptMetadata = fn
}

// metadataFault is the fault of a request for the sign-in metadata.
func (f *faults) metadataFault() Fault {
	f.mu.Lock()
	intercept := f.interceptMetadata
	f.mu.Unlock()
	if intercept != nil {
		if fault := intercept(); fault != nil { // it may wait, hence no lock
			return *fault
		}
	}
	return Fault{}
}

// SetLatency makes every command take d longer.
func (c *Cluster) SetLatency(d time.Duration) {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.latency = d
}

// decide returns a command's fault, and the time that the command takes besides.
func (f *faults) decide(c Command) (Fault, time.Duration) {
	f.mu.Lock()
	intercept, latency := f.intercept, f.latency
	f.mu.Unlock()
	if intercept != nil {
		if fault := intercept(c); fault != nil { // it may call methods of the cluster, hence no lock
			return *fault, latency
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random == nil {
		return Fault{}, latency
	}
	return f.draw(c.Text), latency
}

// draw draws a fault of the plan. The caller holds f.mu.
func (f *faults) draw(text string) Fault {
	drawn, partialRow := f.random.Float64(), f.random.IntN(2) == 0
	if limit := f.plan.MaxPerCommand; limit > 0 && f.inARow[text] >= limit {
		delete(f.inARow, text)
		return Fault{}
	}
	for _, s := range f.plan.shares() {
		if drawn -= *s.share; drawn < 0 {
			f.inARow[text]++
			return f.plan.fault(s.kind, partialRow)
		}
	}
	delete(f.inARow, text)
	return Fault{}
}

// fault is a fault with the plan's durations. Partial failures come in two forms.
func (p *FaultPlan) fault(kind FaultKind, partialRow bool) Fault {
	switch {
	case kind == Slow:
		return Fault{Kind: kind, Delay: p.SlowBy}
	case kind == Partial && partialRow:
		return Fault{Kind: PartialRow}
	}
	return Fault{Kind: kind, RetryAfter: p.RetryAfter}
}

// loses reports whether the fault prevents the command's execution, for the kinds
// that do so half the time.
func (f *faults) loses(fault Fault) bool {
	if fault.Kind != GatewayTimeout && fault.Kind != Status520 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random == nil {
		return rand.IntN(2) == 0 //nolint:gosec // not a secret
	}
	return f.random.IntN(2) == 0
}

// late reports whether a lookup of a principal must fail, by the plan.
func (f *faults) late(fqn string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.plan.Late == 0 {
		return false
	}
	left, seen := f.lateSeen[fqn]
	if !seen && f.random.Float64() < f.plan.Late {
		left = max(1, f.plan.LateLookups)
	}
	f.lateSeen[fqn] = max(0, left-1)
	return left > 0
}

// metadataFails reports whether a metadata request must fail, and counts it.
func (f *faults) metadataFails() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.metadata == 0 {
		return false
	}
	f.metadata--
	return true
}
