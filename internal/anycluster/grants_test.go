// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleOn is a role on a securable.
type roleOn struct {
	securable kusto.Securable
	role      kusto.Role
}

// heldRole is a role with those who hold it directly.
type heldRole struct {
	roleOn
	grants      []*kusto.Grant
	notesHidden bool // by an old engine
}

func (h heldRole) find(principal kusto.FQN) *kusto.Grant {
	for _, g := range h.grants {
		if g.Principal.Equal(principal) {
			return g
		}
	}
	return nil
}

// change is a change of one grant.
type change struct {
	roleOn
	grant *kusto.Grant
	does  string
}

// What a change does, as it is printed.
const (
	add   = "add %s to"
	drop  = "drop %s from"
	renew = "restore the notes of %s among"
)

func (c change) String() string {
	text := fmt.Sprintf(c.does+" the %s of %s", c.grant.Principal, c.role, c.securable)
	switch {
	case c.does == drop:
	case c.grant.NotesHidden:
		text += ", with its notes, which this engine does not show"
	case c.grant.Notes != "":
		text += fmt.Sprintf(", with the notes %q", c.grant.Notes)
	}
	return text
}

// changes are those that make now what it was before. Roles are given in their order, and
// taken in the opposite order: the first may be what the last needs.
func changes(before, now []heldRole) []change {
	var give, take []change
	for i, was := range before {
		for _, g := range was.grants {
			switch present := now[i].find(g.Principal); {
			case present == nil:
				give = append(give, change{was.roleOn, g, add})
			case present.Notes != g.Notes:
				give = append(give, change{was.roleOn, g, renew})
			}
		}
		for _, g := range now[i].grants {
			if was.find(g.Principal) == nil {
				take = append(take, change{was.roleOn, g, drop})
			}
		}
	}
	slices.Reverse(take)
	return append(give, take...)
}

// apply makes the change. It is what was before, so it may lock anyone out.
func (c change) apply(ctx context.Context, client *kusto.Client) (err error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	switch c.does {
	case add:
		_, err = client.AddPrincipal(ctx, c.securable, c.role, c.grant.Principal, c.grant.Notes)
	case renew:
		_, err = client.SetNotes(ctx, c.securable, c.role, c.grant.Principal, c.grant.Notes)
	default:
		_, err = client.DropPrincipal(ctx, c.securable, c.role, c.grant.Principal, kusto.DropOptions{AllowLockout: true})
	}
	return err
}

// How long a restore takes at most, and one change of it: a principal that was deleted
// meanwhile is not found however long the others wait.
const (
	restoreTimeout = 10 * time.Minute
	changeTimeout  = time.Minute
)

// restore makes roles what they were before. It returns the changes that it made, and
// what is left to do by hand.
func (c *cluster) restore(before []heldRole) (done, left []string) {
	ctx, cancel := context.WithTimeout(context.Background(), restoreTimeout)
	defer cancel()
	failed := make(map[string]error)
	// A command that was under way may take effect after the first look.
	for try := 0; ; try++ {
		client, now, err := c.held(ctx, rolesOf(before))
		if err != nil {
			return done, unlisted(before, err)
		}
		todo := changes(before, now)
		for _, t := range todo {
			if try == 2 {
				left = append(left, fmt.Sprintf("%s (%v)", t, failed[t.String()]))
			} else if failed[t.String()] = t.apply(ctx, client); failed[t.String()] == nil {
				done = append(done, t.String())
			}
		}
		if len(todo) == 0 || try == 2 {
			return done, left
		}
	}
}

func rolesOf(held []heldRole) []roleOn {
	roles := make([]roleOn, len(held))
	for i, h := range held {
		roles[i] = h.roleOn
	}
	return roles
}

// unlisted is what is left to do if the current grants cannot be listed.
func unlisted(before []heldRole, err error) []string {
	left := []string{fmt.Sprintf("compare with how it was, because the grants cannot be listed: %v", err)}
	for _, h := range before {
		left = append(left, fmt.Sprintf("the %s of %s: %d principals", h.role, h.securable, len(h.grants)))
		for _, g := range h.grants {
			left = append(left, "  "+strings.TrimSpace(g.Principal.String()+" "+g.Notes))
		}
	}
	return left
}
