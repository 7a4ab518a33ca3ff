// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestPrincipal_resolvesInEveryForm(t *testing.T) {
	s := newFixture(t)
	d := s.Directory()
	alice, erin, readers, dashboard := d.Must("alice@contoso.com"), d.Must("erin@fabrikam.com"), d.Must("data-readers@contoso.com"), d.Must("dashboard")
	for written, want := range map[string]*entra.Principal{
		"aaduser=alice@contoso.com":                                             alice,
		"aadUser=ALICE@contoso.com":                                             alice,
		"aaduser=alice@contoso.com;contoso.com":                                 alice,
		"aaduser=alice@contoso.com;" + entra.ContosoTenantID:                    alice,
		"aaduser=" + alice.ObjectID + ";contoso.onmicrosoft.com":                alice,
		"AADUSER=" + strings.ToUpper(alice.ObjectID+";"+alice.TenantID):         alice,
		"aaduser=erin@fabrikam.com":                                             erin,
		"aadgroup=data-readers@contoso.com":                                     readers,
		"aadGroup=data readers;contoso.com":                                     readers,
		"aadgroup=" + readers.ObjectID + ";contoso.com":                         readers,
		"aadgroup=On-Call;" + entra.ContosoTenantID:                             d.Must("On-Call"),
		"aadapp=" + dashboard.AppID + ";contoso.com":                            dashboard,
		"aadapp=" + strings.ToUpper(dashboard.AppID) + ";" + dashboard.TenantID: dashboard,
		"aadapp=" + dashboard.ObjectID + ";contoso.com":                         dashboard,
		"aadapp=dashboard;contoso.com":                                          dashboard,
		"msauser=Carol@outlook.com":                                             d.Must("carol@outlook.com"),
	} {
		a := s.run("Samples", ".set database Samples viewers ('"+written+"')")
		grants := s.cluster.Grants(samples)
		if a.status != 200 || len(grants) != 1 || grants[0].FQN != want.FQN() {
			t.Errorf("%s: %d %s, grants %v, want %s", written, a.status, a.Error.Detail, grants, want.FQN())
		}
	}
}

func TestAdd_changesNothingIfOnePrincipalIsInvalid(t *testing.T) {
	s := newFixture(t)
	s.Directory().AddApp("contoso.com", "twin")
	s.Directory().AddApp("contoso.com", "twin")
	for written, want := range map[string]string{
		"aadapp=00000000-0000-4000-8000-00000000ffff;contoso.com": "Entity ID '00000000-0000-4000-8000-00000000ffff' of type 'AAD Application Id' was not found in AAD tenant '" + entra.ContosoTenantID + "'",
		"aaduser=nobody@contoso.com":                              "of type 'AAD User' was not found",
		"aaduser=alice@contoso.com;fabrikam.com":                  "was not found in AAD tenant '" + entra.FabrikamTenantID + "'",
		"aaduser=alice@nowhere.example":                           "was not found in AAD tenant 'nowhere.example'",
		"aaduser=Alice Ng;contoso.com":                            "was not found",
		"aadgroup=alice@contoso.com":                              "was not found",
		"aadapp=twin;contoso.com":                                 "more than one",
		"aadgroup=Data Readers":                                   "not a valid principal",
		"aadapp=dashboard":                                        "not a valid principal",
		"aaduser=":                                                "not a valid principal",
		"user=alice@contoso.com":                                  "not a valid principal",
		"alice@contoso.com":                                       "not a valid principal",
		"aaduser=alice@contoso.com;":                              "not a valid principal",
		"msauser=nobody@outlook.com":                              "was not found",
	} {
		a := s.run("Samples", ".add database Samples users ('aaduser=bob@contoso.com', '"+written+"')")
		if a.status != 400 || !strings.Contains(a.Error.Detail, want) || !a.Error.Permanent {
			t.Errorf("%s: %d %s", written, a.status, a.raw)
		}
	}
	if grants := s.cluster.Grants(samples); len(grants) != 0 {
		t.Errorf("the refused command granted %v", grants)
	}
}

func TestHideFor_countsLookupsOfEachCluster(t *testing.T) {
	s := newFixture(t)
	other := s.AddCluster(fakekusto.ClusterConfig{Name: "other"})
	other.AddDatabase("Samples")
	p := s.Directory().AddApp("contoso.com", "fresh")
	s.Directory().HideFor(p, 2)
	for attempt, want := range []int{400, 400, 200} {
		a := s.run("Samples", ".add database Samples users ('"+p.FQN()+"')")
		if a.status != want || want == 400 && !strings.Contains(a.Error.Detail, "'"+p.AppID+"' of type 'AAD Application Id' was not found in AAD tenant '"+p.TenantID+"'") {
			t.Errorf("attempt %d: %d %s", attempt, a.status, a.raw)
		}
	}
}

func TestRemove_leavesGrantsThatCanBeDropped(t *testing.T) {
	s := newFixture(t)
	p := s.Directory().AddUser("contoso.com", "leaver@contoso.com", "Leaver")
	s.cluster.Grant(samples, "users", p, "")
	s.Directory().Remove(p)
	if a := s.run("Samples", ".add database Samples viewers ('"+p.FQN()+"')"); a.status != 400 {
		t.Errorf("a removed principal was added: %s", a.raw)
	}
	if a := s.run("Samples", ".drop database Samples users ('"+p.FQN()+"')"); a.status != 200 || len(s.cluster.Grants(samples)) != 0 {
		t.Errorf("a removed principal was not dropped: %s", a.raw)
	}
}
