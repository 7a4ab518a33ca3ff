package kusto

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
)

// databaseList is the cluster's databases, or the refusal to list them, for the length of
// a run.
type databaseList struct {
	mu    sync.Mutex
	read  bool
	all   []DatabaseInfo
	err   error
	reads singleflight.Group
}

// knownDatabases is [Client.Databases] for a caller that does not need those that were made
// in this run. It is asked once.
func (c *Client) knownDatabases(ctx context.Context) ([]DatabaseInfo, error) {
	known := &c.databases
	for {
		known.mu.Lock()
		read, all, err := known.read, known.all, known.err
		known.mu.Unlock()
		if read {
			return all, err
		}
		// The read uses the context of the first caller, like that of a principal list.
		reading := known.reads.DoChan("", func() (any, error) {
			all, err := c.Databases(ctx)
			known.mu.Lock()
			defer known.mu.Unlock()
			if err == nil || errors.Is(err, ErrForbidden) || errors.Is(err, ErrRefused) {
				known.read, known.all, known.err = true, all, err
			}
			return all, err
		})
		select {
		case r := <-reading:
			if asError(r.Err).TimeUp != nil && ctx.Err() == nil {
				continue
			}
			all, _ := r.Val.([]DatabaseInfo)
			return all, r.Err
		case <-ctx.Done():
			return nil, c.gaveUp(ctx)
		}
	}
}

// follows reports whether a database follows one of another cluster, and is read-only. If
// the databases cannot be listed, it returns false.
func (c *Client) follows(ctx context.Context, database string) bool {
	databases, _ := c.knownDatabases(ctx)
	return slices.ContainsFunc(databases, func(d DatabaseInfo) bool {
		return d.Follows() && (strings.EqualFold(d.Name, database) || strings.EqualFold(d.PrettyName, database))
	})
}

// withFollower returns the error of a write that was refused. It has the reason
// [ErrFollower] if the database follows another cluster's.
func (c *Client) withFollower(ctx context.Context, s Securable, err error) error {
	e := asError(err)
	if e.Reason != ErrRefused && e.Reason != ErrForbidden || e.TimeUp != nil || !c.follows(ctx, s.Database) {
		return err
	}
	return e.because(ErrFollower)
}
