// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestBehaviour_changesAnswers(t *testing.T) {
	const alice = "('aaduser=alice@contoso.com')"
	longNotes := strings.Repeat("é", 70) // two bytes each
	notFoundIn := fakekusto.Behaviour{NotFound: "name", NotFoundIn: fakekusto.NotFoundKinds{
		Table: fakekusto.NotFoundWords{Form: "code", Status: 404}, Function: fakekusto.NotFoundWords{Form: "id"},
	}}
	for name, c := range map[string]struct {
		behaviour fakekusto.Behaviour
		commands  []string // all but the last succeed
		status    int
		contains  string // in the last answer
		lacks     string
	}{
		"drop absent":        {fakekusto.Behaviour{DropAbsentIsError: true}, []string{".drop database Samples users " + alice}, 400, "is not in role", ""},
		"add keeps notes":    {fakekusto.Behaviour{AddKeepsNotes: true}, []string{".add database Samples users " + alice + " 'one'", ".add database Samples users " + alice + " 'two'"}, 200, `"one"`, `"two"`},
		"notes":              {fakekusto.Behaviour{}, []string{".add database Samples users " + alice + " ' " + longNotes + "'"}, 200, `" ` + longNotes + `"`, ""},
		"notes trimmed":      {fakekusto.Behaviour{Notes: "trimmed"}, []string{".add database Samples users " + alice + " ' two words '"}, 200, `"two words"`, ""},
		"notes cut":          {fakekusto.Behaviour{Notes: "cut"}, []string{".add database Samples users " + alice + " '" + longNotes + "'"}, 200, `"` + longNotes[:128] + `"`, ""},
		"short notes":        {fakekusto.Behaviour{Notes: "cut"}, []string{".add database Samples users " + alice + " 'short'"}, 200, `"short"`, ""},
		"notes dropped":      {fakekusto.Behaviour{Notes: "dropped"}, []string{".add database Samples users " + alice + " 'lost'"}, 200, `"Alice Ng (upn: alice@contoso.com)"`, `"lost"`},
		"other notes cut":    {fakekusto.Behaviour{Notes: "cut"}, []string{".add database Samples users " + alice + " 'one'", ".add database Samples users " + alice + " '" + longNotes + "'"}, 200, `"` + longNotes[:128] + `"`, `"one"`},
		"set clears notes":   {fakekusto.Behaviour{SetClearsNotes: true}, []string{".add database Samples users " + alice + " 'one'", ".set database Samples users " + alice}, 200, "Alice", `"one"`},
		"graph words":        {fakekusto.Behaviour{GraphModelWords: "GraphModel"}, []string{".add graph_model G1 admins " + alice}, 200, `"GraphModel G1 Admin"`, ""},
		"viewer word":        {fakekusto.Behaviour{UnrestrictedViewerWord: "Unrestricted Viewer"}, []string{".add database Samples unrestrictedviewers " + alice}, 200, `"Database Samples Unrestricted Viewer"`, ""},
		"up to notes":        {fakekusto.Behaviour{Columns: "notes"}, []string{".show database Samples principals"}, 200, `"Notes"`, "RoleAssignmentIdentifier"},
		"up to fqn":          {fakekusto.Behaviour{Columns: "fqn"}, []string{".show database Samples principals"}, 200, `"PrincipalFQN"`, `"Notes"`},
		"old types":          {fakekusto.Behaviour{OldTypeWords: true}, []string{".add database Samples users " + alice}, 200, `"AAD User"`, "Microsoft Entra"},
		"upper names":        {fakekusto.Behaviour{UpperNames: true}, []string{".add database Samples users " + alice}, 200, `"Database SAMPLES User"`, ""},
		"upper names asked":  {fakekusto.Behaviour{UpperNames: true}, []string{".add database SAMPLES users " + alice}, 200, `"Database samples User"`, ""},
		"guid names":         {fakekusto.Behaviour{GUIDNames: true}, []string{".add database ['My Eventhouse'] users " + alice}, 200, `"Database 11111111-1111-4111-8111-111111111111 User"`, ""},
		"pretty names":       {fakekusto.Behaviour{}, []string{".add database ['my eventhouse'] users " + alice}, 200, `"Database My Eventhouse User"`, ""},
		"others' roles":      {fakekusto.Behaviour{OthersRolesForbidden: true}, []string{".show database Samples principal 'aaduser=alice@contoso.com' roles"}, 403, "Forbidden", ""},
		"foreign names":      {fakekusto.Behaviour{ShowForeignNames: true}, []string{".add database Samples users ('aaduser=erin@fabrikam.com')"}, 200, "Erin Cole (upn: erin@fabrikam.com)", "from AAD tenant"},
		"database role":      {fakekusto.Behaviour{Prerequisites: true}, []string{".add table StormEvents admins " + alice}, 400, "is not one of the users of database", ""},
		"database role got":  {fakekusto.Behaviour{Prerequisites: true}, []string{".add database Samples users " + alice, ".add table StormEvents admins " + alice}, 200, "Table StormEvents Admin", ""},
		"not found":          {fakekusto.Behaviour{}, []string{".show database Nowhere principals"}, 400, "Entity ID '[DB Nowhere v?.?]' of kind 'Database' was not found.", ""},
		"no function":        {fakekusto.Behaviour{}, []string{".show function F9 principals"}, 400, "Entity ID 'F9' of kind 'ExpressionFunction' was not found.", ""},
		"not found is 404":   {fakekusto.Behaviour{NotFoundStatus: 404}, []string{".show table T9 principals"}, 404, "Entity ID 'T9' of kind 'Table' was not found.", ""},
		"not found by name":  {fakekusto.Behaviour{NotFound: "name"}, []string{".show database Nowhere principals"}, 404, "Entity name 'Nowhere' of kind 'Database' does not exist.", ""},
		"not found by code":  {fakekusto.Behaviour{NotFound: "code"}, []string{".show database Nowhere principals"}, 400, `"BadRequest_DatabaseNotExist"`, ""},
		"no table by code":   {fakekusto.Behaviour{NotFound: "code"}, []string{".show table T9 principals"}, 400, "Entity 'T9' of kind 'Table' was not found.", ""},
		"not found in words": {fakekusto.Behaviour{NotFound: "words"}, []string{".show table T9 principals"}, 400, `"General_BadRequest"`, ""},
		"table in its words": {notFoundIn, []string{".show table T9 principals"}, 404, `"BadRequest_TableNotExist"`, ""},
		"function by id":     {notFoundIn, []string{".show function F9 principals"}, 400, "Entity ID 'F9' of kind 'ExpressionFunction' was not found.", ""},
		"view as database":   {notFoundIn, []string{".show materialized-view M9 principals"}, 404, "Entity name 'M9' of kind 'MaterializedView' does not exist.", ""},
		"its database":       {notFoundIn, []string{".show database Nowhere principals"}, 404, "Entity name 'Nowhere' of kind 'Database' does not exist.", ""},
		"wrapped":            {fakekusto.Behaviour{Wrapped: true}, []string{".show database Nowhere principals"}, 400, `BadRequest (400-BadRequest): {\"error\":`, ""},
		"graph admin":        {fakekusto.Behaviour{GraphModelWords: "Graph", GraphAdminWord: "GraphAdmin"}, []string{".add graph_model G1 admins " + alice}, 200, `"Graph G1 GraphAdmin"`, ""},
		"nameless":           {fakekusto.Behaviour{NamelessDatabase: true}, []string{".add database Samples users " + alice}, 200, `"Database User"`, "Samples"},
		"cluster words":      {fakekusto.Behaviour{ClusterWords: true}, []string{".show database Samples principals"}, 200, `"Cluster Admin"`, "AllDatabases"},
		"cluster viewer":     {fakekusto.Behaviour{}, []string{".add cluster alldatabasesviewers " + alice + " 'why'", ".show cluster principals"}, 200, `"AllDatabasesViewer","Microsoft Entra user","Alice Ng (upn: alice@contoso.com)"`, ""},
		"cluster in its own": {fakekusto.Behaviour{}, []string{".add cluster alldatabasesviewers " + alice, ".show cluster principal 'aaduser=alice@contoso.com' roles"}, 200, `"AllDatabasesViewer"]`, ""},
		"cluster inherited":  {fakekusto.Behaviour{}, []string{".add cluster alldatabasesviewers " + alice, ".show database Samples principals"}, 200, `"AllDatabasesViewer"`, ""},
		"cluster dropped":    {fakekusto.Behaviour{}, []string{".add cluster alldatabasesviewers " + alice, ".drop cluster alldatabasesviewers " + alice}, 200, `"AllDatabasesAdmin"`, "AllDatabasesViewer"},
		"cluster refused":    {fakekusto.Behaviour{ClusterRolesRefused: true}, []string{".add cluster alldatabasesviewers " + alice}, 400, "cannot be changed by a command", ""},
		"cluster listed":     {fakekusto.Behaviour{ClusterRolesRefused: true}, []string{".show cluster principals"}, 200, `"AllDatabasesAdmin"`, ""},
		"inherited users":    {fakekusto.Behaviour{}, []string{".add database Samples users " + alice, ".show table StormEvents principals"}, 200, `"Database Samples User"`, ""},
		"inherited admins":   {fakekusto.Behaviour{InheritedAdminsOnly: true}, []string{".add database Samples users " + alice, ".show table StormEvents principals"}, 200, `"Table StormEvents Admin"`, "Database Samples User"},
		"group's mail":       {fakekusto.Behaviour{}, []string{".add database Samples users ('aadgroup=data-readers@contoso.com')"}, 200, `"Data Readers (upn: data-readers@contoso.com)"`, ""},
		"bare names":         {fakekusto.Behaviour{BareGroups: true, BareApps: true}, []string{".add database Samples users ('aadgroup=data-readers@contoso.com')"}, 200, `"Data Readers"`, "app id"},
		"wide brackets":      {fakekusto.Behaviour{WideBrackets: true}, []string{".add database Samples users " + alice}, 200, `"Alice Ng   (upn: alice@contoso.com)"`, ""},
		"no object ids":      {fakekusto.Behaviour{HideObjectIDs: true}, []string{".show database Samples principals"}, 200, `,"","aadapp=`, ""},
		"roles: tenant":      {fakekusto.Behaviour{RolesID: "guid;tenant"}, []string{".add database Samples users " + alice, ".show database Samples principal 'aaduser=alice@contoso.com' roles"}, 200, `011;` + entra.ContosoTenantID, ""},
		"roles: fqn":         {fakekusto.Behaviour{RolesID: "fqn"}, []string{".add database Samples users " + alice, ".show database Samples principal 'aaduser=alice@contoso.com' roles"}, 200, `"aaduser=`, ""},
		"roles: no id":       {fakekusto.Behaviour{RolesID: "empty"}, []string{".add database Samples users " + alice, ".show database Samples principal 'aaduser=alice@contoso.com' roles"}, 200, `,"","User"`, ""},
		"databases":          {fakekusto.Behaviour{}, []string{".show databases"}, 200, `"Samples","","v1.0","False","ReadWrite"`, ""},
		"no graph models":    {fakekusto.Behaviour{NoGraphModels: true}, []string{".show graph_models"}, 400, "Syntax error: Query could not be parsed at 'graph_models' on line [1,7]", ""},
		"no graph model":     {fakekusto.Behaviour{NoGraphModels: true}, []string{".show graph_model G1 principals"}, 400, `"BadRequest_SyntaxError"`, ""},
		"no graph admins":    {fakekusto.Behaviour{NoGraphModels: true}, []string{".add graph_model G1 admins " + alice}, 400, `"BadRequest_SyntaxError"`, ""},
		"no graph roles":     {fakekusto.Behaviour{NoGraphModels: true}, []string{".show graph_model Nowhere principal roles"}, 400, `"BadRequest_SyntaxError"`, ""},
		"other entities":     {fakekusto.Behaviour{NoGraphModels: true}, []string{".show tables", ".show function F1 principals"}, 200, `"Function F1 Admin"`, ""},
		"redirect":           {fakekusto.Behaviour{RedirectTo: "evil.example.com"}, []string{".show database Samples principals"}, 307, "", ""},
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
		behaviour fakekusto.Behaviour
		status    int
		contains  string
	}{
		"public":       {"a.westeurope.kusto.windows.net", fakekusto.Behaviour{}, 200, `"KustoServiceResourceId":"https://kusto.kusto.windows.net"`},
		"us":           {"a.usgovvirginia.kusto.usgovcloudapi.net", fakekusto.Behaviour{}, 200, `"LoginEndpoint":"https://login.microsoftonline.us"`},
		"china":        {"a.chinaeast2.kusto.chinacloudapi.cn", fakekusto.Behaviour{}, 200, `"KustoServiceResourceId":"https://kusto.kusto.chinacloudapi.cn"`},
		"absent":       {"a.kusto.windows.net", fakekusto.Behaviour{Metadata: "404"}, 404, ""},
		"empty":        {"a.kusto.windows.net", fakekusto.Behaviour{Metadata: "empty"}, 200, ""},
		"in part":      {"a.kusto.windows.net", fakekusto.Behaviour{Metadata: "missing:LoginEndpoint,KustoServiceResourceId"}, 200, `"AzureAD":{"FirstParty`},
		"lying login":  {"a.kusto.windows.net", fakekusto.Behaviour{MetadataLoginEndpoint: "https://login.evil.example"}, 200, `"LoginEndpoint":"https://login.evil.example"`},
		"lying target": {"a.kusto.windows.net", fakekusto.Behaviour{MetadataResource: "https://vault.azure.net"}, 200, `"KustoServiceResourceId":"https://vault.azure.net"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			cluster := s.AddCluster(fakekusto.ClusterConfig{Host: c.host, Behaviour: c.behaviour})
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
	for _, direct := range []bool{false, true} {
		testShare(t, direct)
	}
}

func testShare(t *testing.T, direct bool) {
	t.Helper()
	s := newFixture(t)
	s.cluster.SetBehaviour(fakekusto.Behaviour{SharedAsDirect: direct})
	want := map[bool]string{true: "AllDatabasesAdmin, Database Samples Viewer", false: "AllDatabasesAdmin, AllDatabasesViewer"}[direct]
	alice := s.Directory().Must("alice@contoso.com")
	s.cluster.Database("Samples").Share("viewers", alice)
	rows := s.run("Samples", ".drop database Samples viewers ('"+alice.FQN()+"')").rows(t)
	if got := cells(rows, 0); got != want || len(s.cluster.Grants(samples)) != 0 {
		t.Errorf("rows %s, grants %v", got, s.cluster.Grants(samples))
	}
}

func TestFollow_makesADatabaseReadOnly(t *testing.T) {
	s := newFixture(t)
	s.cluster.Follow("Samples")
	if a := s.run("Samples", ".show databases"); !strings.Contains(string(a.raw), `"ReadOnlyFollowing"`) {
		t.Errorf("%s", a.raw)
	}
	if a := s.run("Samples", ".add database Samples users ('aaduser=alice@contoso.com')"); a.status != 400 || len(s.cluster.Grants(samples)) != 0 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := s.run("Samples", ".add follower database Samples users ('aaduser=alice@contoso.com')"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestCapacity_throttlesWhatIsTooMuch(t *testing.T) {
	s := newFixture(t)
	s.cluster.SetBehaviour(fakekusto.Behaviour{Capacity: 1, RetryAfter: 7, Quota: true})
	gate := s.cluster.Hold(nil)
	done := make(chan *answer)
	go func() { done <- s.run("Samples", ".show database Samples principals") }()
	<-gate.Waiting()
	a := s.run("Samples", ".show database Samples principals")
	if a.status != 429 || a.header.Get("Retry-After") != "7" || !strings.Contains(string(a.raw), "QuotaExceededException") {
		t.Errorf("%d %v %s", a.status, a.header, a.raw)
	}
	gate.Release()
	if a := <-done; a.status != 200 {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestReadBehaviour_knowsEveryFieldAndNoOther(t *testing.T) {
	file := filepath.Join(t.TempDir(), "behaviour.json")
	for text, want := range map[string]string{
		`{"add_keeps_notes": true, "not_found": "name", "capacity": 3}`: "",
		`{"add_keeps_note": true}`:                                      "add_keeps_note",
		`{"add_keeps_notes": true, "not_found": "name", "capacity": 3, "answers": {"Q": "yes"}, "unknown": {"R": "no role"}}`: "",
		`[]`: "cannot unmarshal",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := fakekusto.ReadBehaviour(file)
		if want == "" && (err != nil || b != fakekusto.Behaviour{AddKeepsNotes: true, NotFound: "name", Capacity: 3}) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %+v, %v", text, b, err)
		}
	}
}

func TestReadBehaviour_readsEveryStoredFile(t *testing.T) {
	files, err := filepath.Glob("kusto/behaviours/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		if b, err := fakekusto.ReadBehaviour(file); err != nil || b == (fakekusto.Behaviour{}) {
			t.Errorf("%s: %+v, %v", file, b, err)
		}
	}
}
