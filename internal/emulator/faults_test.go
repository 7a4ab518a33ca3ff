// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestFault_answersByKind(t *testing.T) {
	for kind, want := range map[fakekusto.FaultKind]struct {
		status   int // 0: the connection was cut
		executed string
		contains string
	}{
		fakekusto.Throttle:       {429, "no", "ControlCommandThrottledException"},
		fakekusto.Unavailable:    {503, "no", ""},
		fakekusto.GatewayTimeout: {504, "maybe", ""},
		fakekusto.Status520:      {520, "maybe", ""},
		fakekusto.CutBefore:      {0, "no", ""},
		fakekusto.CutAfter:       {0, "yes", ""},
		fakekusto.Truncate:       {0, "yes", ""},
		fakekusto.Slow:           {200, "yes", "Alice"},
		fakekusto.Unauthorized:   {401, "no", ""},
		fakekusto.Partial:        {200, "no", `"Exceptions":["`},
		fakekusto.PartialRow:     {200, "no", `"Rows":[{"Exceptions":["`},
		fakekusto.Forbidden:      {403, "no", "is not authorized to write database 'Samples'"},
		fakekusto.Custom:         {418, "no", "teapot"},
		fakekusto.CustomExecuted: {418, "yes", "teapot"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newFixture(t)
			s.cluster.Intercept(func(c fakekusto.Command) *fakekusto.Fault {
				if c.Verb != ".add" {
					return nil
				}
				return &fakekusto.Fault{Kind: kind, RetryAfter: 1500 * time.Millisecond, Status: 418, Body: "teapot"}
			})
			a, err := s.send(s.token, "Samples", ".add database Samples users ('aaduser=alice@contoso.com')")
			switch {
			case want.status == 0:
				if err == nil {
					t.Errorf("answered %d %s", a.status, a.raw)
				}
			case err != nil || a.status != want.status || !strings.Contains(string(a.raw), want.contains):
				t.Errorf("%+v, %v", a, err)
			case kind == fakekusto.Throttle && a.header.Get("Retry-After") != "2":
				t.Errorf("Retry-After: %q", a.header.Get("Retry-After"))
			case kind == fakekusto.Unauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer authorization_uri="):
				t.Errorf("WWW-Authenticate: %q", a.header.Get("WWW-Authenticate"))
			}
			if held := len(s.cluster.Grants(samples)) == 1; want.executed != "maybe" && held != (want.executed == "yes") {
				t.Errorf("executed: %v", held)
			}
			if logged := s.cluster.Commands(); len(logged) != 1 || logged[0].Fault != string(kind) {
				t.Errorf("logged %+v", logged)
			}
		})
	}
}

func TestFaultPlan_keepsItsShares(t *testing.T) {
	s := newFixture(t)
	s.cluster.SetFaults(fakekusto.FaultPlan{Seed: 1, Throttle: 0.3, Unavailable: 0.2, CutBefore: 0.1})
	met := map[string]int{}
	for range 400 {
		_, _ = s.send(s.token, "Samples", ".show database Samples principals")
	}
	for _, c := range s.cluster.Commands() {
		met[c.Fault]++
	}
	for fault, share := range map[string]int{"429": 120, "503": 80, "cut-before": 40, "": 160} {
		if met[fault] < share*7/10 || met[fault] > share*13/10 {
			t.Errorf("%q was met %d times, want about %d", fault, met[fault], share)
		}
	}
}

func TestFaultPlan_limitsConsecutiveFaultsOfOneCommand(t *testing.T) {
	s := newFixture(t)
	s.cluster.SetFaults(fakekusto.FaultPlan{Throttle: 1, MaxPerCommand: 2})
	for i, want := range []int{429, 429, 200, 429, 429, 200} {
		if a := s.run("Samples", ".show database Samples principals"); a.status != want {
			t.Errorf("answer %d: %d, want %d", i, a.status, want)
		}
	}
}

func TestFaultPlan_failsFirstLookupsOfPrincipals(t *testing.T) {
	s := newFixture(t)
	s.cluster.SetFaults(fakekusto.FaultPlan{Late: 1, LateLookups: 2, MetadataFailures: 1})
	for i, want := range []int{400, 400, 200, 200} {
		if a := s.run("Samples", ".add database Samples users ('aaduser=alice@contoso.com')"); a.status != want {
			t.Errorf("answer %d: %d, want %d", i, a.status, want)
		}
	}
	for i, want := range []int{503, 200} {
		response, err := s.client.Get(s.cluster.URI() + "/v1/rest/auth/metadata")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("metadata answer %d: %d, want %d", i, response.StatusCode, want)
		}
	}
}

func TestParseFaultPlan_readsSharesAndRefusesMistakes(t *testing.T) {
	got, err := fakekusto.ParseFaultPlan(" 429=0.3, cut-after=0.1,late=0.5,retry-after=2s,max=3,seed=7 ")
	want := fakekusto.FaultPlan{Throttle: 0.3, CutAfter: 0.1, Late: 0.5, RetryAfter: 2 * time.Second, MaxPerCommand: 3, Seed: 7}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"418=0.1", "429", "429=2", "429=x", "429=0.6,503=0.6", "max=many", "429=NaN"} {
		if _, err := fakekusto.ParseFaultPlan(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestHold_holdsMatchingCommandsUntilRelease(t *testing.T) {
	s := newFixture(t)
	gate := s.cluster.Hold(func(c fakekusto.Command) bool { return c.Verb == ".add" })
	var running sync.WaitGroup
	for i := range 5 {
		running.Go(func() {
			csl := fmt.Sprintf(".add database Samples users ('aaduser=alice@contoso.com') 'n%d'", i)
			if a, err := s.send(s.token, "Samples", csl); err != nil || a.status != 200 {
				t.Errorf("%v %v", a, err)
			}
		})
	}
	for range 5 {
		if held := <-gate.Waiting(); held.Role != "users" || held.Status != 0 {
			t.Errorf("held %+v", held)
		}
	}
	s.run("Samples", ".show database Samples principals") // other commands pass
	if len(s.cluster.Grants(samples)) != 0 || s.cluster.InFlightPeak() != 6 {
		t.Errorf("grants %v, peak %d", s.cluster.Grants(samples), s.cluster.InFlightPeak())
	}
	gate.Release()
	running.Wait()
	if len(s.cluster.Grants(samples)) != 1 {
		t.Errorf("grants %v", s.cluster.Grants(samples))
	}
	s.run("Samples", ".add database Samples users ('aaduser=bob@contoso.com')") // later commands pass
}

func TestClose_endsHeldAndSlowCommands(t *testing.T) {
	s := newFixture(t)
	s.cluster.SetLatency(time.Hour)
	gate := s.cluster.Hold(func(c fakekusto.Command) bool { return c.Verb == ".add" })
	var running sync.WaitGroup
	for _, csl := range []string{".add database Samples users ('aaduser=alice@contoso.com')", ".show database Samples principals"} {
		running.Go(func() {
			if a, err := s.send(s.token, "Samples", csl); err == nil {
				t.Errorf("%s was answered: %s", csl, a.raw)
			}
		})
	}
	<-gate.Waiting()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	running.Wait()
}

// For the race detector.
func TestCluster_isSafeForConcurrentUse(t *testing.T) {
	s := newFixture(t)
	s.cluster.SetFaults(fakekusto.FaultPlan{Throttle: 0.2, CutAfter: 0.1, Truncate: 0.1, Late: 0.3, Partial: 0.1})
	apps := manyApps(s, 40)
	var running sync.WaitGroup
	for i, app := range apps {
		running.Go(func() {
			for attempt := range 5 {
				_, _ = s.send(s.token, "Samples", fmt.Sprintf(".add database Samples users (%s) 'attempt %d'", app, attempt))
			}
			s.cluster.Grant(samples, "viewers", s.Directory().AddUser("contoso.com", fmt.Sprintf("u%d@contoso.com", i), "U"), "")
			s.cluster.SetBehaviour(fakekusto.Behaviour{OldTypeWords: i%2 == 0})
			_, _, _, _ = s.cluster.Commands(), s.cluster.AllGrants(), s.Requests(), s.Connects()
		})
	}
	running.Wait()
	if n := len(s.cluster.Commands()); n != 200 {
		t.Errorf("%d commands were logged", n)
	}
}

func TestTruncate_truncatesErrors(t *testing.T) {
	s := newFixture(t)
	s.cluster.Intercept(func(fakekusto.Command) *fakekusto.Fault { return &fakekusto.Fault{Kind: fakekusto.Truncate} })
	if a, err := s.send(s.token, "Samples", ".show database Nowhere principals"); err == nil {
		t.Errorf("answered %d %s", a.status, a.raw)
	}
}

func TestInterceptMetadata_answersByKind(t *testing.T) {
	s := newFixture(t)
	for _, c := range []struct {
		fault  *fakekusto.Fault
		status int // 0: the connection was cut
		body   string
	}{
		{&fakekusto.Fault{Kind: fakekusto.Unavailable}, 503, ""},
		{&fakekusto.Fault{Kind: fakekusto.Custom, Status: 200, Body: "<html>"}, 200, "<html>"},
		{&fakekusto.Fault{Kind: fakekusto.CutBefore}, 0, ""},
		{nil, 200, "LoginEndpoint"},
	} {
		s.cluster.InterceptMetadata(func() *fakekusto.Fault { return c.fault })
		response, err := s.client.Get(s.cluster.URI() + "/v1/rest/auth/metadata")
		if err != nil {
			if c.status != 0 {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != c.status || !strings.Contains(string(body), c.body) {
			t.Errorf("%+v: %d %s", c, response.StatusCode, body)
		}
	}
}
