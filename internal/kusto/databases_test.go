// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

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

// Some clusters list a database only to who asks in it.
func TestFollower_isNamedToWhoSeesNoDatabases(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) {
		o.Behaviour = kusto.Behaviour{OwnDatabasesHidden: true}
		o.Admins = nil
	})
	s.grant(s.db, Admins, s.credential.principal)
	s.remote.Follow("Samples")
	if all, err := s.Databases(t.Context()); err != nil || len(all) > 0 {
		t.Fatal(all, err)
	}
	_, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
	wantReason(t, err, ErrFollower)
}
