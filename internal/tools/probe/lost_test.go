// SPDX-License-Identifier: MPL-2.0

package main

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// failFirst makes the first try of each command fail.
func (c *testCluster) failFirst(fault kusto.Fault) {
	var mu sync.Mutex
	tried := map[string]bool{}
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		mu.Lock()
		defer mu.Unlock()
		if key := command.Database + "\n" + command.Text; !tried[key] {
			tried[key] = true
			return &fault
		}
		return nil
	})
}

// One bad moment costs no question.
func TestProbe_asksAgainIfAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	calm := newTestCluster(t, kusto.Behaviour{DropAbsentIsError: true})
	calm.mustProbe()
	want := calm.written()
	for _, kind := range []kusto.FaultKind{
		kusto.CutBefore, kusto.CutAfter, kusto.Truncate, kusto.Unavailable, kusto.GatewayTimeout, kusto.Status520, kusto.Partial, kusto.Throttle,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, kusto.Behaviour{DropAbsentIsError: true})
			c.failFirst(kusto.Fault{Kind: kind})
			c.mustProbe()
			got := c.written()
			delete(got.Answers, "Too many commands at once") // one was throttled
			delete(got.Answers, "Retry-After of those")
			if !maps.Equal(got.Answers, want.Answers) {
				t.Errorf("\n%v, want\n%v\n%v", got.Answers, want.Answers, got.Unknown)
			}
		})
	}
}

// The cluster says nothing until the client gave up.
func TestProbe_asksAgainAfterSilence(t *testing.T) {
	t.Parallel()
	calm := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	calm.mustProbe()
	want := calm.written().Unknown
	for name, isSilent := range map[string]func(kusto.Command) bool{
		"first list": func(c kusto.Command) bool { return strings.HasSuffix(c.Text, "principals") },
		"databases":  func(c kusto.Command) bool { return c.Text == ".show databases" && c.Database == "NetDefaultDB" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
			c.commandLimit = time.Second
			var once sync.Once
			gate := c.Hold(func(command kusto.Command) (hold bool) {
				if isSilent(command) {
					once.Do(func() { hold = true })
				}
				return hold
			})
			defer gate.Release()
			c.mustProbe()
			if got := c.written().Unknown; !maps.Equal(got, want) {
				t.Errorf("\n%v, want\n%v", got, want)
			}
		})
	}
}

// A write may have run although its last try was refused.
func TestProbe_restoresWhatALaterTryWasRefusedFor(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	before := c.held()
	tries := map[string]int{}
	var mu sync.Mutex
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Verb != ".add" {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		tries[command.Text]++
		if tries[command.Text] == 1 {
			return &kusto.Fault{Kind: kusto.CustomExecuted, Status: http.StatusServiceUnavailable, Body: "{}"}
		}
		return &kusto.Fault{Kind: kusto.Throttle}
	})
	c.mustProbe()
	if after := c.held(); after != before {
		t.Errorf("grants\n%s\nwere\n%s", after, before)
	}
}

func TestProbe_asksForTheMetadataAgain(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	c.onQuestion = func(line string) {
		if strings.Contains(line, "Sign-in metadata") {
			c.SetFaults(kusto.FaultPlan{MetadataFailures: 1})
		}
	}
	c.mustProbe()
	if line := c.answerTo("Sign-in metadata"); !strings.HasSuffix(line, "are complete") {
		t.Error(line)
	}
}

func TestProbe_saysThatACommandMayStillRun(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	c.commandLimit = time.Second
	var once sync.Once
	gate := c.Hold(func(command kusto.Command) (hold bool) {
		if command.Verb == ".add" {
			once.Do(func() { hold = true })
		}
		return hold
	})
	defer gate.Release()
	c.mustProbe()
	if !strings.Contains(c.progress.String(), "It may still run") {
		t.Errorf("%s", &c.progress)
	}
}
