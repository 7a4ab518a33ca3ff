// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"errors"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

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
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if c.Verb != ".add" {
			return nil
		}
		return &kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `{"error":{"code":"General_BadRequest","@message":"No.","@permanent":true}}`}
	})
	_, err = s.AddPrincipal(t.Context(), table, Ingestors, must(emu.Directory().Must("alice@contoso.com").FQN()), "")
	if e := wantReason(t, err, mgmt.ErrRefused); e.Tries != 1 {
		t.Errorf("it was tried %d times", e.Tries)
	}
}
