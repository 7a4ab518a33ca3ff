// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Search says whose principal lists to find.
type Search struct {
	// Type is the type of the securables.
	Type *SecurableType
	// Database and Name are those of the securables. Empty for each database, and for each
	// entity, that the caller may see.
	Database, Name string
	// Limit is how long each list may take.
	Limit time.Duration
}

// Found is one securable of a search.
type Found struct {
	Securable Securable
	// Follows is set if the search came to the database by the cluster's list, which
	// says that it follows one of another cluster.
	Follows bool
	// List is nil if the caller may not see it, and if Err is set.
	List *PrincipalList
	// Err ends the search.
	Err error
}

// Find yields the principal lists of a search in the order of the securables' names.
// Several lists are read at a time: as many as ahead returns, which is how many more
// securables the caller may need, and at most [mgmt.MaxConcurrentCommands].
//
// A securable that the search did not name is left out if it is gone when its list is
// read.
func (c *Client) Find(ctx context.Context, s Search, ahead func() int) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		var running sync.WaitGroup
		defer running.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next, stop := iter.Pull(s.securables(ctx, c))
		defer stop()
		var reading []chan Found // in order
		for more := true; more || len(reading) > 0; {
			for more && len(reading) < max(1, min(ahead(), mgmt.MaxConcurrentCommands)) {
				var f Found
				if f, more = next(); !more {
					break
				}
				result := make(chan Found, 1)
				reading = append(reading, result)
				running.Go(func() { result <- s.readList(ctx, c, f) })
			}
			if len(reading) == 0 {
				return
			}
			found := <-reading[0]
			reading = reading[1:]
			if found.gone(s) {
				continue
			}
			if !yield(found) || found.Err != nil {
				return
			}
		}
	}
}

// readList reads the list of a securable. A search that did not name the securable goes on if
// the caller may not see it.
func (s Search) readList(ctx context.Context, c *Client, f Found) Found {
	if f.Err == nil {
		ctx, cancel := context.WithTimeout(ctx, s.Limit)
		defer cancel()
		f.List, f.Err = c.Principals(ctx, f.Securable)
	}
	if errors.Is(f.Err, mgmt.ErrForbidden) && !s.names(f.Securable) {
		f.Err = nil
	}
	return f
}

// names reports whether the search names the securable, and not one that it is in.
func (s Search) names(f Securable) bool {
	return s.Type == Cluster || s.Database != "" && (s.Name != "" || !f.Type.InsideDatabase())
}

// gone reports whether a securable that the search does not name is no longer there.
func (f Found) gone(s Search) bool {
	return errors.Is(f.Err, mgmt.ErrSecurableNotFound) && !s.names(f.Securable)
}

// securables are the securables of a search. One whose entities cannot be listed has the error.
func (s Search) securables(ctx context.Context, c *Client) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		if s.Type == Cluster {
			yield(Found{Securable: Securable{Type: Cluster}})
			return
		}
		databases := []ListedDatabase{{Name: s.Database}}
		if s.Database == "" {
			listing, cancel := context.WithTimeout(ctx, s.Limit)
			defer cancel()
			var err error
			if databases, err = c.knownDatabases(listing); err != nil {
				yield(Found{Securable: Securable{Type: Database}, Err: err})
				return
			}
		}
		for _, d := range databases {
			if !s.securablesIn(ctx, c, d, yield) {
				return
			}
		}
	}
}

// securablesIn yields the securables of a search in one database.
func (s Search) securablesIn(ctx context.Context, c *Client, d ListedDatabase, yield func(Found) bool) bool {
	found := Found{Securable: Securable{Type: s.Type, Database: d.DisplayName(), Name: s.Name}, Follows: d.Follows()}
	if s.Name != "" || !s.Type.InsideDatabase() {
		return yield(found)
	}
	listing, cancel := context.WithTimeout(ctx, s.Limit)
	defer cancel()
	entities, err := c.Entities(listing, s.Type, found.Securable.Database)
	if err != nil {
		found.Securable, found.Err = Securable{Type: Database, Database: found.Securable.Database}, err
		return yield(found)
	}
	for _, e := range entities {
		found.Securable = e.Securable
		if !yield(found) {
			return false
		}
	}
	return true
}
