// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/seed"
)

// newSeeded is newFixture with the seed of seed/testdata.
func newSeeded(t *testing.T, change func(*emulator.Options)) *fixture {
	t.Helper()
	var options emulator.Options
	if change != nil {
		change(&options)
	}
	var err error
	if options.Seed, err = seed.Read("seed/testdata/complete.yaml"); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	s := &fixture{Emulator: e, t: t, client: clientOf(t, e), cluster: e.Clusters()[0]}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		_ = e.Close()
	})
	s.token = e.AppToken(e.SignIn(), kusto, time.Hour)
	return s
}

func TestSeed_answersAsTheServiceDoes(t *testing.T) {
	s := newSeeded(t, nil)
	rows := s.run("Sample data", ".show table StormEvents principals").rows(t)
	var listed []string
	for _, row := range rows {
		listed = append(listed, strings.Join(row[:3], "/"))
	}
	want := "AllDatabasesAdmin/Microsoft Entra app/ci-deployer (app id: 11111111-1111-4111-8111-000000000003)"
	if len(rows) != 5 || listed[0] != want {
		t.Errorf("%s", strings.Join(listed, "\n"))
	}
	if _, foreign, found := strings.Cut(strings.Join(listed, "\n"), "/Application from AAD tenant "); !found {
		t.Errorf("the name of another tenant's application is shown: %s", foreign)
	}
}

func TestSeed_signsIn(t *testing.T) {
	s := newSeeded(t, nil)
	for name, c := range map[string]struct {
		tenant string
		form   url.Values
	}{
		"secret":           {"contoso.com", url.Values{"grant_type": {"client_credentials"}, "client_id": {s.SignIn().AppID}, "client_secret": {"not-a-secret"}}},
		"tenant by id":     {"11111111-1111-4111-8111-111111111111", url.Values{"grant_type": {"client_credentials"}, "client_id": {s.SignIn().AppID}, "client_secret": {"not-a-secret"}}},
		"default secret":   {"fabrikam.com", url.Values{"grant_type": {"client_credentials"}, "client_id": {s.Directory().App("loader").AppID}, "client_secret": {"not-a-secret-loader"}}},
		"password":         {"organizations", url.Values{"grant_type": {"password"}, "client_id": {"az"}, "username": {"alice@contoso.com"}, "password": {"not-a-password"}}},
		"initial domain":   {"contoso.onmicrosoft.com", url.Values{"grant_type": {"client_credentials"}, "client_id": {s.SignIn().AppID}, "client_secret": {"not-a-secret"}}},
		"a token of Azure": {"contoso.com", url.Values{"grant_type": {"client_credentials"}, "client_id": {s.SignIn().AppID}, "client_secret": {"not-a-secret"}, "scope": {"https://management.azure.com/.default"}}},
	} {
		if !c.form.Has("scope") {
			c.form.Set("scope", kusto+"/.default")
		}
		if status, body := s.form("https://login.microsoftonline.com/"+c.tenant+"/oauth2/v2.0/token", c.form); status != 200 {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
}

func TestSeed_behavesAsConfigured(t *testing.T) {
	s := newSeeded(t, func(o *emulator.Options) { o.Behaviour.NoCreators = true })
	for _, g := range s.cluster.AllGrants() {
		if g.Grant.Creator {
			t.Errorf("a creator: %v", g)
		}
	}
}

func TestClusters_listsThoseThatAreServed(t *testing.T) {
	s := newSeeded(t, nil)
	s.AddCluster(fakekusto.ClusterConfig{Name: "third"})
	again := s.AddCluster(fakekusto.ClusterConfig{Host: s.cluster.Host()})
	clusters := s.Clusters()
	if len(clusters) != 3 || clusters[2] != again {
		t.Errorf("%d clusters", len(clusters))
	}
}
