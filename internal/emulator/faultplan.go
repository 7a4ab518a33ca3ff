package emulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseFaultPlan reads a plan as people write it on a command line, such as
// "429=0.3,cut-after=0.1,late=0.2,retry-after=2s". Shares are named by their
// [FaultKind]: 429, 503, 504, 520, cut-before, cut-after, truncate, slow, 401,
// partial; further: late, late-lookups, retry-after, slow-by, seed, max,
// metadata-failures, token-failures. Shares run from 0 to 1 and may not add up to more than 1.
func ParseFaultPlan(text string) (FaultPlan, error) {
	var plan FaultPlan
	settings := plan.settings()
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		target := settings[strings.TrimSpace(name)]
		if !found || target == nil {
			return FaultPlan{}, fmt.Errorf("emulator: %q is no fault; write name=value, for example 429=0.3", part)
		}
		if err := assign(target, strings.TrimSpace(value)); err != nil {
			return FaultPlan{}, fmt.Errorf("emulator: fault %s: %w", name, err)
		}
	}
	if total := plan.total(); total > 1 {
		return FaultPlan{}, fmt.Errorf("emulator: the shares of faults add up to %g, more than 1", total)
	}
	return plan, nil
}

// settings names the plan's fields.
func (p *FaultPlan) settings() map[string]any {
	return map[string]any{
		string(Throttle): &p.Throttle, string(Unavailable): &p.Unavailable, string(GatewayTimeout): &p.GatewayTimeout,
		string(Status520): &p.Status520, string(CutBefore): &p.CutBefore, string(CutAfter): &p.CutAfter,
		string(Truncate): &p.Truncate, string(Slow): &p.Slow, string(Unauthorized): &p.Unauthorized, string(Partial): &p.Partial,
		"late": &p.Late, "late-lookups": &p.LateLookups, "retry-after": &p.RetryAfter, "slow-by": &p.SlowBy,
		"seed": &p.Seed, "max": &p.MaxPerCommand, "metadata-failures": &p.MetadataFailures, "token-failures": &p.TokenFailures,
	}
}

// total is the share of commands that meet a fault.
func (p *FaultPlan) total() float64 {
	return p.Throttle + p.Unavailable + p.GatewayTimeout + p.Status520 + p.CutBefore + p.CutAfter + p.Truncate + p.Slow +
		p.Unauthorized + p.Partial
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
