// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// forbid makes the cluster refuse commands.
func (c *testCluster) forbid(refuses func(kusto.Command) bool) {
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if refuses(command) {
			return &kusto.Fault{Kind: kusto.Forbidden}
		}
		return nil
	})
}

func TestProbe_aClusterThatRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuses func(kusto.Command) bool
		unknown []string
		known   []string
	}{
		"half of the questions": {
			refuses: func(c kusto.Command) bool { return c.Verb == ".add" || strings.HasSuffix(c.Text, "roles") },
			unknown: []string{
				"Dropping an absent principal", "Adding an unknown principal", "Notes after .add with other notes", "Notes after .set without notes",
				"A role that needs another one first", "The roles of another principal", "AADObjectID in a principal's roles",
				"Role of a database's viewer", "Role of an external table's admin", "Database roles in an entity's list",
			},
			known: []string{"Columns of a list", "PrincipalType", "Role of the cluster's own members", "A database that does not exist", "Sign-in metadata"},
		},
		"every change": {
			refuses: func(c kusto.Command) bool { return c.Verb != ".show" },
			unknown: []string{"Dropping a deleted principal", "Dropping an unknown principal", "A role that does not exist"},
			known:   []string{"The roles of another principal", "AADObjectID in a principal's roles", "Columns of a list", "A refusal"},
		},
		"every list": {
			refuses: func(c kusto.Command) bool { return strings.HasSuffix(c.Text, "principals") },
			unknown: []string{
				"Dropping an absent principal", "Notes after .set without notes", "Admins of a table itself", "Columns of a list", "PrincipalType",
				"Name of an application", "PrincipalObjectId", "A database that does not exist",
			},
			known: []string{"The roles of another principal", "A refusal", "Sign-in metadata"},
		},
		"everything": {
			refuses: func(kusto.Command) bool { return true },
			unknown: []string{"The roles of another principal", "Columns of a list", "A database that does not exist", "A role that does not exist"},
			known:   []string{"A refusal", "Sign-in metadata"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, kusto.Behaviour{})
			if !c.refuses(kusto.Command{Verb: ".drop"}) {
				s.without("DELETED_PRINCIPAL")
			}
			before := s.held()
			s.forbid(c.refuses)
			s.mustProbe()
			if after := s.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
			for _, question := range c.unknown {
				if line := s.answerTo(question); !strings.Contains(line, "unknown: ") {
					t.Error(line)
				}
			}
			for _, question := range c.known {
				if line := s.answerTo(question); strings.Contains(line, "unknown: ") {
					t.Error(line)
				}
			}
			if got := s.result(); got != (kusto.Behaviour{}) {
				t.Errorf("the file has %+v", got)
			}
		})
	}
}

// The probe is interrupted at each of its commands in turn, while that one runs.
func TestProbe_restoresAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("interrupts some 50 probes: leave out -short")
	}
	for at := int64(1); ; at++ {
		c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
		before := c.held()
		ctx, cancel := context.WithCancel(t.Context())
		var sent atomic.Int64
		c.Intercept(func(kusto.Command) *kusto.Fault {
			if sent.Add(1) == at {
				cancel()
			}
			return nil
		})
		err := c.probe(ctx)
		cancel()
		if after := c.held(); after != before {
			t.Fatalf("interrupted at command %d: grants\n%s\nwere\n%s", at, after, before)
		}
		if err == nil { // all that was left was to compare the lists
			if at < 50 {
				t.Errorf("interrupted at command %d, the probe went on", at)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

func TestProbe_saysThatItWasInterrupted(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	before := c.held()
	gate := c.Hold(func(command kusto.Command) bool {
		return command.Verb == ".add" && command.Role == "unrestrictedviewers"
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.probe(ctx) }()
	<-gate.Waiting()
	cancel()
	gate.Release()
	err := <-done
	if err == nil || !strings.Contains(err.Error(), "no file was written") || !strings.Contains(c.progress.String(), "The grants are as before.") {
		t.Errorf("%v\n%s", err, &c.progress)
	}
	if after := c.held(); after != before {
		t.Errorf("grants\n%s\nwere\n%s", after, before)
	}
}

// A command whose answer never came may have run.
func TestProbe_restoresWhatItDoesNotKnowOf(t *testing.T) {
	t.Parallel()
	for _, kind := range []kusto.FaultKind{kusto.CutAfter, kusto.Truncate, kusto.GatewayTimeout, kusto.Status520, kusto.Unavailable} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, kusto.Behaviour{DropAbsentIsError: true}).without("DELETED_PRINCIPAL")
			before := c.held()
			var n atomic.Int64
			c.Intercept(func(command kusto.Command) *kusto.Fault {
				if command.Verb == ".show" || n.Add(1)%3 != 1 {
					return nil
				}
				return &kusto.Fault{Kind: kind}
			})
			c.mustProbe()
			if after := c.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
		})
	}
}

// If nothing can be dropped any more, the error says what to do.
func TestProbe_saysWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	c.forbid(func(command kusto.Command) bool { return command.Verb == ".drop" })
	err := c.probe(t.Context())
	if err == nil {
		t.Fatal("the grants were taken back")
	}
	for _, want := range []string{
		"the grants are not as they were before", "+ database \"Samples\": Database Samples Viewer aaduser=00000000-0000-4000-8000-000000000011",
		".drop database ['Samples'] viewers ('aaduser=alice@contoso.com')",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}
