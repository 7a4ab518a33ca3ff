// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// refuseFirstLists makes the cluster refuse the first n lists of a kind of securable.
func (c *testCluster) refuseFirstLists(kind string, n int64) {
	var lists atomic.Int64
	c.forbid(func(command kusto.Command) bool {
		isList := command.Securable.Kind == kind && strings.HasSuffix(command.Text, "principals")
		return isList && lists.Add(1) <= n
	})
}

// A later list may have rows of the probe's own, so that it is no list of what was there.
func TestProbe_changesNothingThatItCannotCompare(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		refused       int64
		unknown, says string
	}{
		"database": {1, "Notes after .add with other notes", "No list of database \"Samples\" was shown at first, so nothing was granted there."},
		"table":    {3, "Role of a table's admin and ingestor", "No list of table \"Night Admin\""},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, kusto.Behaviour{})
			before := s.held()
			if kind != "database" {
				s.without("DELETED_PRINCIPAL")
			}
			s.refuseFirstLists(kind, c.refused)
			s.mustProbe()
			if after := s.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
			for _, command := range s.Commands() {
				if command.Securable.Kind == kind && command.Verb != ".show" {
					t.Errorf("%s", command.Text)
				}
			}
			if line := s.answerTo(c.unknown); !strings.Contains(line, "unknown: the list of its principals was not shown at first") {
				t.Error(line)
			}
			if !strings.Contains(s.progress.String(), c.says) {
				t.Errorf("no %q in\n%s", c.says, &s.progress)
			}
		})
	}
}

// A list that cannot be shown again does not say that a grant is left.
func TestProbe_saysThatItCannotCompare(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	before := c.held()
	var isLast atomic.Bool
	c.onQuestion = func(line string) { isLast.Store(strings.Contains(line, "Retry-After")) }
	c.forbid(func(command kusto.Command) bool {
		return isLast.Load() && command.Securable.Kind == "function"
	})
	err := c.probe(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot tell whether all grants are as before") || strings.Contains(err.Error(), "not as they were") {
		t.Errorf("%v", err)
	}
	if after := c.held(); after != before {
		t.Errorf("grants\n%s\nwere\n%s", after, before)
	}
}
