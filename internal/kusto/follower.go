package kusto

import (
	"context"
	"strings"
	"sync"
)

// followers are the databases of a cluster that follow a database of another one, by
// name and pretty name in lower case.
type followers struct {
	mu    sync.Mutex
	known map[string]bool // nil: not read yet
}

// follows reports whether a database follows one of another cluster, and is read-only.
// The cluster's databases are read once in a run. If they cannot be, it returns false.
func (c *Client) follows(ctx context.Context, database string) bool {
	c.followers.mu.Lock()
	defer c.followers.mu.Unlock()
	if c.followers.known == nil {
		rows, err := c.send(ctx, databasesCommand(database))
		if err != nil && err.Status == 0 {
			return false // it was not answered
		}
		c.followers.known = make(map[string]bool)
		for _, r := range rows {
			if strings.EqualFold(r.get("databaseaccessmode"), "ReadOnlyFollowing") {
				c.followers.known[strings.ToLower(r.get("databasename"))] = true
				c.followers.known[strings.ToLower(r.get("prettyname"))] = true
			}
		}
	}
	return c.followers.known[strings.ToLower(database)]
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
