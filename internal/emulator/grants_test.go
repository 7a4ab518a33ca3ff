// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// direct requests a path of the proxy itself, with a Host if one is given.
func direct(t *testing.T, s *fixture, method, path, host string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequest(method, s.ProxyURL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

func TestGrantsJSON_listsWhatIsHeld(t *testing.T) {
	s := newSeeded(t, nil)
	s.run("Samples", ".drop function TopStates admins ('aaduser=alice@contoso.com')")
	s.run("", ".add cluster alldatabasesmonitors ('aaduser=alice@contoso.com')")
	var got struct {
		Clusters []struct {
			URI    string
			Grants []map[string]any
		}
	}
	if err := json.Unmarshal(s.GrantsJSON(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Clusters) != 2 || got.Clusters[0].URI != s.cluster.URI() || got.Clusters[1].Grants == nil {
		t.Fatalf("%+v", got)
	}
	grants := got.Clusters[0].Grants
	if g := grants[0]; g["kind"] != "cluster" || g["database"] != "" || g["role"] != "alldatabasesmonitors" || len(g) != 8 {
		t.Errorf("%v", g)
	}
	grants = grants[1:]
	want := []string{"database", "database", "database", "function", "graph_model", "materialized_view", "table", "table", "table"}
	if len(grants) != len(want) {
		t.Fatalf("%d grants: %v", len(grants), grants)
	}
	for i, g := range grants {
		if g["kind"] != want[i] || g["database"] != "Samples" || len(g) != 8 {
			t.Errorf("%d: %v", i, g)
		}
	}
	viewer, creator := grants[2], grants[3]
	if viewer["principal_fqn"] != s.Directory().Must("Data Readers").FQN() || viewer["display_name"] != "Data Readers" ||
		viewer["role"] != "viewers" || viewer["notes"] != "TICKET-1" || viewer["entity"] != "" || viewer["creator"] != false {
		t.Errorf("%v", viewer)
	}
	if creator["entity"] != "TopStates" || creator["creator"] != true {
		t.Errorf("%v", creator)
	}
}

func TestGrants_areServedToThisMachine(t *testing.T) {
	s := newSeeded(t, nil)
	for name, c := range map[string]struct {
		method, path, host string
		want               int
	}{
		"the proxy's address": {"GET", "/_emulator/grants", "", 200},
		"localhost":           {"GET", "/_emulator/grants", "localhost:18443", 200},
		"IPv6":                {"GET", "/_emulator/grants", "[::1]:18443", 200},
		"without a port":      {"GET", "/_emulator/grants", "127.0.0.1", 200},
		"another name":        {"GET", "/_emulator/grants", "evil.example", 403},
		"a name like one":     {"GET", "/_emulator/grants", "127.0.0.1.evil.example:80", 403},
		"another path":        {"GET", "/_emulator/grant", "", 404},
		"a path below":        {"GET", "/_emulator/grants/x", "", 404},
		"another method":      {"POST", "/_emulator/grants", "", 404},
		"not the emulator's":  {"GET", "/", "", 403},
	} {
		status, body := direct(t, s, c.method, c.path, c.host)
		if status != c.want || status == 200 && !bytes.Equal(body, s.GrantsJSON()) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestGrants_areNotServedThroughTheProxy(t *testing.T) {
	s := newSeeded(t, nil)
	response, err := s.client.Get(s.ProxyURL() + "/_emulator/grants") // absolute, because the client uses the proxy
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Error(response.Status)
	}
}
