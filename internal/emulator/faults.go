package emulator

import (
	"math/rand/v2"
	"sync"
	"time"
)

// FaultKind is what goes wrong with a command.
type FaultKind string

// What can go wrong. "Executed" means that the command took effect although the client cannot know.
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
	LatePrincipal  FaultKind = "late-principal"  // 400 "was not found in AAD" for the first principal, not executed
	CustomExecuted FaultKind = "custom-executed" // executed, then Status and Body
)

// Fault is one thing that goes wrong with one command.
type Fault struct {
	Kind       FaultKind
	RetryAfter time.Duration // Throttle and Unavailable: the Retry-After header in whole seconds, rounded up; 0 for none
	Delay      time.Duration // before anything else happens
	Status     int           // Custom
	Body       string        // Custom
}

// FaultPlan makes a share of a cluster's commands fail. The shares, 0 to 1,
// are of all commands and add up to at most 1.
type FaultPlan struct {
	Seed int64 // the same seed and order of commands give the same faults

	Throttle, Unavailable, GatewayTimeout, Status520 float64
	CutBefore, CutAfter, Truncate, Slow              float64
	Unauthorized, Partial                            float64

	RetryAfter time.Duration // of Throttle and Unavailable, see [Fault]
	SlowBy     time.Duration // of Slow

	// Late is the share of principals, not of commands, that are unknown at
	// their first LateLookups lookups (0 means 1) on this cluster.
	Late        float64
	LateLookups int

	MetadataFailures int // the next so many metadata requests to this cluster answer 503
	TokenFailures    int // the next so many token requests of anybody answer 503

	// MaxPerCommand bounds how many faults in a row one command text meets, 0 for no bound.
	MaxPerCommand int
}

// faults decides what goes wrong on a cluster.
type faults struct {
	mu        sync.Mutex
	latency   time.Duration
	plan      FaultPlan
	random    *rand.Rand
	inARow    map[string]int
	lateSeen  map[string]int // lookups left, by FQN
	metadata  int
	intercept func(Command) *Fault
	gates     []*Gate
}

// SetFaults replaces the plan by which commands fail; the zero FaultPlan ends it.
func (c *Cluster) SetFaults(plan FaultPlan) {
	f := &c.faults
	f.mu.Lock()
	f.plan = plan
	f.random = rand.New(rand.NewPCG(uint64(plan.Seed), 0)) //nolint:gosec // repeatable on purpose
	f.inARow, f.lateSeen = map[string]int{}, map[string]int{}
	f.metadata = plan.MetadataFailures
	f.mu.Unlock()
	if plan.TokenFailures > 0 {
		c.emulator.FailTokenRequests(plan.TokenFailures, "")
	}
}

// Intercept asks fn about every command before it is executed; nil from fn
// leaves the command to the plan. A nil fn ends it.
func (c *Cluster) Intercept(fn func(Command) *Fault) {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.intercept = fn
}

func (f *faults) setLatency(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latency = d
}

// decide says what goes wrong with a command, nil for nothing, and how long it takes anyway.
func (f *faults) decide(c Command) (*Fault, time.Duration) {
	f.mu.Lock()
	intercept, latency := f.intercept, f.latency
	f.mu.Unlock()
	if intercept != nil {
		if fault := intercept(c); fault != nil { // may call back into the cluster, hence no lock
			return fault, latency
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random == nil {
		return nil, latency
	}
	return f.draw(c.Text), latency
}

// draw takes a fault by lot.
func (f *faults) draw(text string) *Fault {
	lot, partial := f.random.Float64(), Partial
	if f.random.IntN(2) == 0 {
		partial = PartialRow
	}
	if limit := f.plan.MaxPerCommand; limit > 0 && f.inARow[text] >= limit {
		delete(f.inARow, text)
		return nil
	}
	for _, choice := range []struct {
		share float64
		fault Fault
	}{
		{f.plan.Throttle, Fault{Kind: Throttle, RetryAfter: f.plan.RetryAfter}},
		{f.plan.Unavailable, Fault{Kind: Unavailable, RetryAfter: f.plan.RetryAfter}},
		{f.plan.GatewayTimeout, Fault{Kind: GatewayTimeout}},
		{f.plan.Status520, Fault{Kind: Status520}},
		{f.plan.CutBefore, Fault{Kind: CutBefore}},
		{f.plan.CutAfter, Fault{Kind: CutAfter}},
		{f.plan.Truncate, Fault{Kind: Truncate}},
		{f.plan.Slow, Fault{Kind: Slow, Delay: f.plan.SlowBy}},
		{f.plan.Unauthorized, Fault{Kind: Unauthorized}},
		{f.plan.Partial, Fault{Kind: partial}},
	} {
		if lot -= choice.share; lot < 0 {
			f.inARow[text]++
			return &choice.fault
		}
	}
	delete(f.inARow, text)
	return nil
}

// coin is even odds, from the plan's source where there is one.
func (f *faults) coin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random == nil {
		return rand.IntN(2) == 0 //nolint:gosec // no secret
	}
	return f.random.IntN(2) == 0
}

// late tells whether a lookup of a principal must fail, by the plan.
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

// metadataFails uses up one metadata failure.
func (f *faults) metadataFails() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.metadata == 0 {
		return false
	}
	f.metadata--
	return true
}
