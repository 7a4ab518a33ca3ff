package emulator_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func TestBehaviour_changesAnswers(t *testing.T) {
	const alice = "('aaduser=alice@contoso.com')"
	for name, c := range map[string]struct {
		behaviour emulator.Behaviour
		commands  []string // all but the last succeed
		status    int
		contains  string // in the last answer
		lacks     string
	}{
		"drop absent":       {emulator.Behaviour{DropAbsentIsError: true}, []string{".drop database Samples users " + alice}, 400, "is not in role", ""},
		"add keeps notes":   {emulator.Behaviour{AddKeepsNotes: true}, []string{".add database Samples users " + alice + " 'one'", ".add database Samples users " + alice + " 'two'"}, 200, `"one"`, `"two"`},
		"set clears notes":  {emulator.Behaviour{SetClearsNotes: true}, []string{".add database Samples users " + alice + " 'one'", ".set database Samples users " + alice}, 200, "Alice", `"one"`},
		"graph words":       {emulator.Behaviour{GraphModelWords: "GraphModel"}, []string{".add graph_model G1 admins " + alice}, 200, `"GraphModel G1 Admin"`, ""},
		"viewer word":       {emulator.Behaviour{UnrestrictedViewerWord: "Unrestricted Viewer"}, []string{".add database Samples unrestrictedviewers " + alice}, 200, `"Database Samples Unrestricted Viewer"`, ""},
		"up to notes":       {emulator.Behaviour{Columns: "notes"}, []string{".show database Samples principals"}, 200, `"Notes"`, "RoleAssignmentIdentifier"},
		"up to fqn":         {emulator.Behaviour{Columns: "fqn"}, []string{".show database Samples principals"}, 200, `"PrincipalFQN"`, `"Notes"`},
		"old types":         {emulator.Behaviour{OldTypeWords: true}, []string{".add database Samples users " + alice}, 200, `"AAD User"`, "Microsoft Entra"},
		"upper names":       {emulator.Behaviour{UpperNames: true}, []string{".add database Samples users " + alice}, 200, `"Database SAMPLES User"`, ""},
		"upper names asked": {emulator.Behaviour{UpperNames: true}, []string{".add database SAMPLES users " + alice}, 200, `"Database samples User"`, ""},
		"guid names":        {emulator.Behaviour{GUIDNames: true}, []string{".add database ['My Eventhouse'] users " + alice}, 200, `"Database 11111111-1111-4111-8111-111111111111 User"`, ""},
		"pretty names":      {emulator.Behaviour{}, []string{".add database ['my eventhouse'] users " + alice}, 200, `"Database My Eventhouse User"`, ""},
		"others' roles":     {emulator.Behaviour{OthersRolesForbidden: true}, []string{".show database Samples principal 'aaduser=alice@contoso.com' roles"}, 403, "Forbidden", ""},
		"foreign names":     {emulator.Behaviour{ShowForeignNames: true}, []string{".add database Samples users ('aaduser=erin@fabrikam.com')"}, 200, "Erin Cole (upn: erin@fabrikam.com)", "from AAD tenant"},
		"database role":     {emulator.Behaviour{EntityNeedsDatabaseRole: true}, []string{".add table StormEvents admins " + alice}, 400, "has no role on database", ""},
		"database role got": {emulator.Behaviour{EntityNeedsDatabaseRole: true}, []string{".add database Samples users " + alice, ".add table StormEvents admins " + alice}, 200, "Table StormEvents Admin", ""},
		"not found":         {emulator.Behaviour{NotFoundStatus: 404}, []string{".show database Nowhere principals"}, 404, "Entity ID 'Nowhere' of kind 'Database' was not found.", ""},
		"redirect":          {emulator.Behaviour{RedirectTo: "evil.example.com"}, []string{".show database Samples principals"}, 307, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			s.cluster.AddDatabasePretty("11111111-1111-4111-8111-111111111111", "My Eventhouse")
			s.cluster.SetBehaviour(c.behaviour)
			var last *answer
			for _, command := range c.commands {
				last = s.run("Samples", command)
			}
			text := string(last.raw)
			if last.status != c.status || !strings.Contains(text, c.contains) || c.lacks != "" && strings.Contains(text, c.lacks) {
				t.Errorf("%d %s", last.status, text)
			}
		})
	}
}

func TestMetadata_answersByBehaviour(t *testing.T) {
	for name, c := range map[string]struct {
		host      string
		behaviour emulator.Behaviour
		status    int
		contains  string
	}{
		"public":       {"a.westeurope.kusto.windows.net", emulator.Behaviour{}, 200, `"KustoServiceResourceId":"https://kusto.kusto.windows.net"`},
		"us":           {"a.usgovvirginia.kusto.usgovcloudapi.net", emulator.Behaviour{}, 200, `"LoginEndpoint":"https://login.microsoftonline.us"`},
		"china":        {"a.chinaeast2.kusto.chinacloudapi.cn", emulator.Behaviour{}, 200, `"KustoServiceResourceId":"https://kusto.kusto.chinacloudapi.cn"`},
		"absent":       {"a.kusto.windows.net", emulator.Behaviour{Metadata: "404"}, 404, ""},
		"empty":        {"a.kusto.windows.net", emulator.Behaviour{Metadata: "empty"}, 200, ""},
		"in part":      {"a.kusto.windows.net", emulator.Behaviour{Metadata: "missing:LoginEndpoint,KustoServiceResourceId"}, 200, `"AzureAD":{"FirstParty`},
		"lying login":  {"a.kusto.windows.net", emulator.Behaviour{MetadataLoginEndpoint: "https://login.evil.example"}, 200, `"LoginEndpoint":"https://login.evil.example"`},
		"lying target": {"a.kusto.windows.net", emulator.Behaviour{MetadataResource: "https://vault.azure.net"}, 200, `"KustoServiceResourceId":"https://vault.azure.net"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			cluster := s.AddCluster(emulator.ClusterConfig{Host: c.host, Behaviour: c.behaviour})
			response, err := s.client.Get(cluster.URI() + "/v1/rest/auth/metadata")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != c.status || !strings.Contains(string(body), c.contains) || c.behaviour.Metadata == "empty" && len(body) > 0 {
				t.Errorf("%d %s, %v", response.StatusCode, body, err)
			}
		})
	}
}

func TestProxy_refusesAndRecordsUnknownHosts(t *testing.T) {
	s := newFixture(t)
	for _, address := range []string{"https://evil.example.com/", "https://demo.westeurope.kusto.windows.net:8443/"} {
		if response, err := s.client.Get(address); err == nil {
			response.Body.Close()
			t.Errorf("%s was answered", address)
		}
	}
	if response, err := s.client.Get("http://demo.westeurope.kusto.windows.net/"); err != nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("plain HTTP: %v", err)
	} else {
		response.Body.Close()
	}
	s.run("Samples", ".show database Samples principals")
	want := "evil.example.com:443 demo.westeurope.kusto.windows.net:8443 demo.westeurope.kusto.windows.net demo.westeurope.kusto.windows.net:443"
	if got := strings.Join(s.Connects(), " "); got != want {
		t.Errorf("connects: %s", got)
	}
	requests := s.Requests()
	if len(requests) != 1 || requests[0].Host != s.cluster.Host() || requests[0].Status != 200 || !strings.Contains(string(requests[0].Body), "principals") {
		t.Errorf("requests: %+v", requests)
	}
}

func TestShare_isListedAndCannotBeDropped(t *testing.T) {
	s := newFixture(t)
	alice := s.Directory().Must("alice@contoso.com")
	s.cluster.Database("Samples").Share("viewers", alice)
	rows := s.run("Samples", ".drop database Samples viewers ('"+alice.FQN()+"')").rows(t)
	if got := cells(rows, 0); got != "AllDatabasesAdmin, Database Samples Viewer" || len(s.cluster.Grants(samples)) != 0 {
		t.Errorf("rows %s, grants %v", got, s.cluster.Grants(samples))
	}
}
