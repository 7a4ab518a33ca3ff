// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// Two resources of one run write the names of a Fabric database differently: the display
// name and the GUID. A grant that moves from one to the other is not lost.
func TestDatabase_byTwoNamesIsOne(t *testing.T) {
	t.Parallel()
	const guid = "0f5ad1b4-0000-4000-8000-0000000000a1"
	for name, test := range map[string]struct{ first, second string }{
		"granted by the display name":        {"Telemetry", guid},
		"granted by the GUID":                {guid, "telemetry"},
		"granted by the GUID in other cases": {guid, "0F5AD1B4-0000-4000-8000-0000000000A1"},
		"granted by the own name":            {"telemetry-prod", "Telemetry Prod"},
		"granted by the pretty name":         {"Telemetry Prod", "TELEMETRY-prod"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Behaviour.GUIDNames = true })
			s.remote.AddDatabasePretty(guid, "Telemetry")
			s.remote.AddDatabasePretty("telemetry-prod", "Telemetry Prod")
			app := newApp("moves between names")
			if _, err := s.AddPrincipal(t.Context(), database(test.first), Viewers, must(app.FQN()), ""); err != nil {
				t.Fatal(err)
			}
			kept, err := s.DropPrincipal(t.Context(), database(test.second), Viewers, must(app.FQN()), false)
			if err != nil || !kept {
				t.Errorf("kept %v, %v", kept, err)
			}
			if err := s.setRole(t.Context(), database(test.second), Viewers, must(app.FQN())); err != nil {
				t.Error(err)
			}
			if err := s.ClearRole(t.Context(), database(test.second), Viewers, nil, false); err != nil {
				t.Error(err)
			}
			s.wantHeld(database(test.first), Viewers, app.FQN())
			s.wantSent(".show databases", 1)
		})
	}
}

func TestDatabase_withoutAListKeepsItsName(t *testing.T) {
	t.Parallel()
	const guid = "0f5ad1b4-0000-4000-8000-0000000000a2"
	s := newTestCluster(t)
	s.remote.AddDatabasePretty(guid, "Telemetry")
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		if c.Text == ".show databases" {
			return &kusto.Fault{Kind: kusto.Forbidden}
		}
		return nil
	})
	app := newApp("by the GUID alone")
	for range 2 {
		if _, err := s.AddPrincipal(t.Context(), database(guid), Viewers, must(app.FQN()), ""); err != nil {
			t.Fatal(err)
		}
	}
	s.wantHeld(database(guid), Viewers, app.FQN())
	s.wantSent(".show databases", 2) // of the cluster, and in the database itself
}
