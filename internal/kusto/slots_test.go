// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"errors"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestSlots_leaveASmallClusterRoomForOthers(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.Capacity = 3 })
	var grants []func() (Match, error)
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"} {
		s.remote.AddDatabase(name)
		grants = append(grants, s.add(database(name), Viewers, "aaduser=alice@contoso.com", ""))
	}
	results := make(chan error)
	for _, grant := range grants {
		go func() {
			_, err := grant()
			results <- err
		}()
	}
	for range grants {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestFollower_isNamedAfterOneRefusal(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.AddDatabasePretty("0f5ad1b4-0000-4000-8000-00000000b4b4", "Telemetry")
	s.remote.Follow("Samples")
	s.remote.Follow("Telemetry")
	for _, name := range []string{"Samples", "TELEMETRY", "0f5ad1b4-0000-4000-8000-00000000b4b4"} {
		_, err := s.AddPrincipal(t.Context(), database(name), Viewers, must("aaduser=alice@contoso.com"), "")
		if e := wantReason(t, err, ErrFollower); e.Message == "" || e.Tries != 1 {
			t.Errorf("%#v", e)
		}
	}
	s.wantSent(".add", 3)
	s.wantSent(".show databases", 1)
}

func TestPrerequisite_isWaitedForAndThenNamed(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) {
		o.Behaviour.Prerequisites, o.Waits.Prerequisite = true, 50*time.Millisecond
		o.Waits.PropagationInitial, o.Retry.Max = 4*time.Millisecond, time.Hour
	})
	s.remote.Database("Samples").AddTable("T")
	alice := must("aaduser=alice@contoso.com")
	table := entity("table", "T")
	_, err := s.AddPrincipal(t.Context(), table, Ingestors, alice, "")
	if e := wantReason(t, err, ErrPrerequisite); e.Tries < 2 {
		t.Errorf("it was tried %d times", e.Tries)
	}
	for _, event := range s.paused() { // the last one may end after the time is up, but not long
		if event.Pause > 6*time.Millisecond {
			t.Errorf("a pause of %s", event.Pause)
		}
	}
	if err := s.setRole(t.Context(), table, Ingestors, alice); !errors.Is(err, ErrPrerequisite) {
		t.Error(err)
	}
	s.grant(s.db, Ingestors, emu.Directory().Must("alice@contoso.com"))
	if _, err := s.AddPrincipal(t.Context(), table, Ingestors, alice, ""); err != nil {
		t.Error(err)
	}
	// another refusal, of one who holds the role that is needed, is final
	s.remote.Intercept(func(c emulator.Command) *emulator.Fault {
		if c.Verb != ".add" {
			return nil
		}
		return &emulator.Fault{Kind: emulator.Custom, Status: 400, Body: `{"error":{"code":"General_BadRequest","@message":"No.","@permanent":true}}`}
	})
	_, err = s.AddPrincipal(t.Context(), table, Ingestors, must(emu.Directory().Must("alice@contoso.com").FQN()), "")
	if e := wantReason(t, err, mgmt.ErrRefused); e.Tries != 1 {
		t.Errorf("it was tried %d times", e.Tries)
	}
}
