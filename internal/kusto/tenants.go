// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"slices"
	"sync/atomic"
)

// Tenants are the ids of tenants by their domain names. The login host publishes them: each
// is asked for once a run, for a few seconds. Without an answer, a tenant that is written as
// a domain is equal to no other.
type Tenants struct {
	ask func(ctx context.Context, domain string) (id string, err error)
	ids asked[string, string]
	// silent is set once the login host did not answer: then it is not asked again.
	silent atomic.Bool
}

// Of returns the name with the id of its tenant, where that is written as a domain and is
// known.
func (t *Tenants) Of(ctx context.Context, f FQN) FQN {
	domain := f.TenantDomain()
	if t == nil || t.ask == nil || domain == "" {
		return f
	}
	return f.WithTenantID(t.ids.once(ctx, domain, func() string {
		if t.silent.Load() {
			return ""
		}
		ctx, cancel := context.WithTimeout(ctx, sideLimit)
		defer cancel()
		id, err := t.ask(ctx, domain)
		t.silent.Store(err != nil)
		return id
	}))
}

// OfAll is Of for several names.
func (t *Tenants) OfAll(ctx context.Context, names []FQN) []FQN {
	names = slices.Clone(names)
	for i := range names {
		names[i] = t.Of(ctx, names[i])
	}
	return names
}
