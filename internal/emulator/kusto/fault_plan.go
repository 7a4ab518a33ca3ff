// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFaultPlan parses a plan such as "429=0.3,cut-after=0.1,late=0.2,retry-after=2s", with
// the names of [FaultNames]. It fails on an unknown name, a share outside 0 to 1, and shares
// whose sum is above 1.
func ParseFaultPlan(text string) (FaultPlan, error) {
	var plan FaultPlan
	fields := plan.fields()
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		target := fields[strings.TrimSpace(name)]
		if !found || target == nil {
			return FaultPlan{}, fmt.Errorf("emulator: %q is not a fault; write name=value, for example 429=0.3, with one of the names %s", part, strings.Join(FaultNames(), ", "))
		}
		if err := assign(target, strings.TrimSpace(value)); err != nil {
			return FaultPlan{}, fmt.Errorf("emulator: fault %s: %w", name, err)
		}
	}
	total := 0.0
	for _, s := range plan.shares() {
		total += *s.share
	}
	if total > 1 {
		return FaultPlan{}, fmt.Errorf("emulator: the shares of faults add up to %g, which is more than 1", total)
	}
	return plan, nil
}

// FaultNames are the names in a plan, sorted.
func FaultNames() []string { return slices.Sorted(maps.Keys(new(FaultPlan).fields())) }

// share is the field of a plan for one kind of fault.
type share struct {
	kind  FaultKind
	share *float64
}

func (p *FaultPlan) shares() []share {
	return []share{
		{Throttle, &p.Throttle}, {Unavailable, &p.Unavailable}, {GatewayTimeout, &p.GatewayTimeout}, {Status520, &p.Status520},
		{CutBefore, &p.CutBefore}, {CutAfter, &p.CutAfter}, {Truncate, &p.Truncate}, {Slow, &p.Slow},
		{Unauthorized, &p.Unauthorized}, {Partial, &p.Partial},
	}
}

// fields are pointers to the plan's fields, by name.
func (p *FaultPlan) fields() map[string]any {
	fields := map[string]any{
		"late": &p.Late, "late-lookups": &p.LateLookups, "retry-after": &p.RetryAfter, "slow-by": &p.SlowBy,
		"seed": &p.Seed, "max": &p.MaxPerCommand, "metadata-failures": &p.MetadataFailures,
	}
	for _, s := range p.shares() {
		fields[string(s.kind)] = s.share
	}
	return fields
}

func assign(target any, value string) (err error) {
	switch t := target.(type) {
	case *float64:
		if *t, err = strconv.ParseFloat(value, 64); err == nil && !(*t >= 0 && *t <= 1) {
			err = fmt.Errorf("%s is not between 0 and 1", value)
		}
	case *int:
		*t, err = strconv.Atoi(value)
	case *int64:
		*t, err = strconv.ParseInt(value, 10, 64)
	case *time.Duration:
		*t, err = time.ParseDuration(value)
	}
	return err
}
