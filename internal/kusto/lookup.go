// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// Questions on the side decorate an answer or an error: whether Microsoft Entra ID knows a
// name, which names there are instead of a wrong one, whether a database is a follower and
// which names it has, whether a principal lacks a role, and who the caller is. Each has one
// try. Without an answer, the client goes on as if it had not asked.

// sideLimit is how long a question on the side may take.
const sideLimit = 5 * time.Second

// asked are the questions of a run with their answers. Callers who ask the same at the same
// time wait for one answer. The zero value is ready.
type asked[Question comparable, Answer any] struct {
	mu      sync.Mutex
	answers map[Question]*pendingAnswer[Answer]
}

type pendingAnswer[Answer any] struct {
	done  chan struct{}
	value Answer
}

// once returns the answer that the first caller's ask returns. It is the zero answer if ctx
// is done first.
func (a *asked[Question, Answer]) once(ctx context.Context, q Question, ask func() Answer) (answer Answer) {
	pending, isNew := a.pending(q)
	if isNew {
		defer close(pending.done)
		pending.value = ask()
		return pending.value
	}
	select {
	case <-pending.done:
		return pending.value
	case <-ctx.Done():
		return answer
	}
}

// learn is the answer of a question that nobody asked here.
func (a *asked[Question, Answer]) learn(q Question, answer Answer) {
	if pending, isNew := a.pending(q); isNew {
		pending.value = answer
		close(pending.done)
	}
}

func (a *asked[Question, Answer]) pending(q Question) (pending *pendingAnswer[Answer], isNew bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if pending, known := a.answers[q]; known {
		return pending, false
	}
	if a.answers == nil {
		a.answers = make(map[Question]*pendingAnswer[Answer])
	}
	pending = &pendingAnswer[Answer]{done: make(chan struct{})}
	a.answers[q] = pending
	return pending, true
}

// sideQuestions are those about one cluster.
type sideQuestions struct {
	names  asked[PrincipalKey, error]
	listed asked[securableKey, []string]
	// ids are the principals of rows that names have turned out to be, by the names' keys.
	ids sync.Map
	// cluster are the databases that the cluster lists, and databases one that is listed by
	// its name in lower case; nil if it is not.
	cluster   asked[struct{}, []ListedDatabase]
	databases asked[string, *ListedDatabase]
	// closed are the keys of the databases and the cluster in which look-ups are refused.
	closed sync.Map
	// failing is set once a look-up has failed for long.
	failing atomic.Bool
}

// Known returns the error of a name that Microsoft Entra ID does not know, or does not show
// yet. It asks for the roles of the name on the securable's database or cluster, once a run for
// all securables, because there is no such command for a materialized view. Anything but a clear
// no is nil.
func (c *Client) Known(ctx context.Context, s Securable, name FQN) error {
	return c.side.names.once(ctx, name.Key(), func() error {
		owner := s.Owner()
		if _, closed := c.side.closed.Load(owner.key()); closed {
			return nil
		}
		_, failed := c.askOnce(ctx, ShowRoles(owner, name))
		switch {
		case errors.Is(failed, mgmt.ErrPrincipalNotFound):
			return failed
		case errors.Is(failed, mgmt.ErrForbidden):
			c.side.closed.Store(owner.key(), true)
		}
		return nil
	})
}

// NamesBeside are the names that a securable of the type may have: those of the cluster's
// databases, or of the entities in the securable's database. Empty if they cannot be listed
// quickly.
func (c *Client) NamesBeside(ctx context.Context, s Securable) []string {
	question, cmd := Securable{Type: Database}, ShowDatabases(mgmt.NoDatabase)
	if s.Type.InsideDatabase() {
		question, cmd = Securable{Type: s.Type, Database: s.Database}, ShowEntities(s.Type, s.Database)
	}
	return c.side.listed.once(ctx, question.key(), func() (names []string) {
		rows, _ := c.askOnce(ctx, cmd)
		if s.Type.InsideDatabase() {
			for _, r := range rows {
				names = append(names, r.Get(s.Type.nameColumn))
			}
			return names
		}
		for _, d := range readDatabases(rows) {
			names = append(names, d.DisplayName())
		}
		return names
	})
}

// whoIs sends the look-up of a name: again after a failure that may pass, but not for as long
// as a command, because without an answer the name is only ambiguous. Once one has failed for
// so long, each other has one try.
func (c *Client) whoIs(ctx context.Context, s Securable, name FQN) ([]mgmt.Row, error) {
	if c.side.failing.Load() {
		return c.askOnce(ctx, ShowRoles(s, name))
	}
	asking, cancel := c.briefly(ctx)
	defer cancel()
	rows, err := c.conn.Run(asking, ShowRoles(s, name))
	if err != nil && asking.Err() != nil && ctx.Err() == nil {
		c.side.failing.Store(true)
	}
	return rows, err
}

// briefly bounds a question that only explains an answer.
func (c *Client) briefly(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.waits.Lookup, patienceError(c.waits.Lookup))
}

// patienceError is why a context of [Client.briefly] is done: a context.DeadlineExceeded.
type patienceError time.Duration

func (d patienceError) Error() string {
	return "no usable answer came within " + time.Duration(d).String()
}

func (patienceError) Unwrap() error { return context.DeadlineExceeded }

// askOnce sends a command once, for a few seconds.
func (c *Client) askOnce(ctx context.Context, cmd mgmt.Command) ([]mgmt.Row, error) {
	ctx, cancel := context.WithTimeout(ctx, sideLimit)
	defer cancel()
	rows, failed := c.conn.Send(ctx, cmd)
	if failed != nil {
		return nil, failed
	}
	return rows, nil
}

// HasWritten reports whether this client has changed anything in the cluster, or may have: the
// run is an apply.
func (c *Client) HasWritten() bool {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	return c.cache.writes > 0
}

// Proves reports whether a row of the list, an inherited one too, is certainly the named
// principal: it exists.
func (l *PrincipalList) Proves(name FQN) bool {
	for _, role := range l.Securable.Type.Roles {
		if l.Find(role, name) != nil {
			return true
		}
	}
	for i := range l.Grants {
		if g := &l.Grants[i]; g.Inherited && g.Is(name) {
			return true
		}
	}
	return false
}

// NamesOf are the names that the list shows for principals of a type: UPNs of users, mail
// addresses and display names of groups, and display names of applications.
func (l *PrincipalList) NamesOf(t PrincipalType) []string {
	var names []string
	for i := range l.Grants {
		g := &l.Grants[i]
		name, label, address := shownName(g.DisplayName)
		if g.Principal.Type != t {
			continue
		}
		if t != User {
			names = append(names, name)
		}
		if label == "upn" {
			names = append(names, address)
		}
	}
	return names
}
