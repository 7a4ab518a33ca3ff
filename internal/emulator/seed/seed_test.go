// SPDX-License-Identifier: MPL-2.0

package seed_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/seed"
)

const (
	cluster = "\nclusters: [{uri: https://c.westeurope.kusto.windows.net, databases: [{name: Db, tables: [T], functions: [T]}]}]"
	tenants = "tenants: [{domain: contoso.com, users: [{upn: alice@contoso.com}], groups: [{name: Readers}], applications: [{name: ci}]}]\n"
)

// granted is a seed with these lines in the list of grants. They begin in line 3.
func granted(grants string) string {
	return tenants + "clusters: [{uri: https://c.westeurope.kusto.windows.net, databases: [{name: Db, tables: [T], functions: [T], grants: [\n" + grants + "\n]}]}]"
}

func TestParse_namesTheLineOfEachMistake(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                {"# nothing\n", "1: the file is empty"},
		"not YAML":             {"tenants:\n  - domain: [\n", "2: did not find"},
		"tab":                  {"tenants:\n\t- x", "2: found character that cannot start any token"},
		"control character":    {"tenants:\n  - \x01", "2: the file is not text in UTF-8"},
		"not UTF-8":            {"a: b\nc: \xff", "2: the file is not text in UTF-8"},
		"unknown anchor":       {"clusters: []\ntenants: *one", "2: unknown anchor 'one' referenced"},
		"anchor in itself":     {"tenants: &a [*a]" + cluster, "1: tenants: want applications, domain, groups, id, name, users, found a list"},
		"two documents":        {tenants + cluster + "\n---\na: b", "4: the file has a second document"},
		"a list":               {"- a", `1: want clusters, personal_accounts, sign_in, tenants, found a list`},
		"unknown key":          {tenants + "cluster: []", `2: unknown key "cluster"; there are clusters, personal_accounts, sign_in, tenants`},
		"unknown key below":    {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  database: []", `4: clusters: unknown key "database"`},
		"key twice":            {tenants + cluster + "\nsign_in: ci\nsign_in: ci", "5: the key sign_in is there twice, first in line 4"},
		"no tenants":           {cluster, "2: the key tenants is missing"},
		"empty list":           {"tenants: []" + cluster, "1: there must be at least one tenant and one cluster"},
		"no clusters":          {tenants + "clusters:", "1: the key clusters is missing"},
		"no domain":            {"tenants:\n- name: Contoso" + cluster, "2: tenants: the key domain is missing"},
		"empty domain":         {"tenants:\n- domain: ''" + cluster, "2: tenants: the key domain is missing"},
		"no role":              {granted("{principal: ci}"), "3: grants: the key role is missing"},
		"a number for a text":  {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  databases:\n  - name: 2024", "5: databases: name: want a text, found 2024; put quotes around it"},
		"a list for a text":    {"tenants:\n- domain: [a]" + cluster, "2: tenants: domain: want a text, found a list"},
		"a text for a list":    {"tenants: contoso.com" + cluster, `1: tenants: want a list, found "contoso.com"`},
		"a text for a mapping": {"tenants: [contoso.com]" + cluster, `1: tenants: want applications, domain, groups, id, name, users, found "contoso.com"`},
		"nothing in a list":    {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  admins:\n  -", "5: admins: want a text, found nothing"},
		"a text for a flag":    {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  databases: [{name: A, follows: maybe}]", `4: databases: follows: want true or false, found "maybe"`},

		"not a domain":               {"tenants: [{domain: contoso}]" + cluster, `1: tenants: "contoso" is not a domain`},
		"not a GUID":                 {"tenants:\n- domain: contoso.com\n  id: '1234'" + cluster, `3: tenants: "1234" is not a GUID`},
		"a GUID in braces":           {"tenants:\n- domain: contoso.com\n  id: '{11111111-1111-4111-8111-111111111111}'" + cluster, "3: tenants: "},
		"not a UPN":                  {"tenants:\n- domain: contoso.com\n  users: [{upn: alice}]" + cluster, `3: users: "alice" is not an address such as alice@contoso.com`},
		"not a personal account":     {tenants + "personal_accounts: [carol]" + cluster, `2: personal_accounts: "carol" is not an address`},
		"another's domain":           {"tenants:\n- domain: contoso.com\n- domain: fabrikam.com\n  users: [{upn: a@contoso.com}]" + cluster, `4: tenants: the domain of "a@contoso.com" is that of another tenant`},
		"Microsoft accounts":         {"tenants: [{domain: live.com}]" + cluster, `1: tenants: "live.com" is the tenant of personal accounts`},
		"plain HTTP":                 {tenants + "clusters: [{uri: 'http://c.kusto.windows.net'}]", `2: clusters: "http://c.kusto.windows.net" is not an address such as`},
		"a path":                     {tenants + "clusters: [{uri: 'https://c.kusto.windows.net/db'}]", `2: clusters: "https://c.kusto.windows.net/db" is not an address such as`},
		"another's host":             {tenants + "clusters: [{uri: 'https://c.kusto.windows.net.example.com'}]", `2: clusters: the host of "https://c.kusto.windows.net.example.com" is not one of Kusto's`},
		"only a domain":              {tenants + "clusters: [{uri: 'https://kusto.windows.net'}]", `2: clusters: the host of "https://kusto.windows.net" is not one of Kusto's`},
		"two tenants with a domain":  {"tenants:\n- domain: contoso.com\n- domain: Contoso.com" + cluster, `3: tenants: a second domain "contoso.com", the first is in line 2`},
		"two users with a UPN":       {"tenants:\n- domain: contoso.com\n  users:\n  - upn: a@contoso.com\n  - upn: A@contoso.com" + cluster, `5: users: a second address "a@contoso.com", the first is in line 4`},
		"two groups with a name":     {"tenants:\n- domain: contoso.com\n  groups:\n  - name: A\n  - name: a" + cluster, `5: groups: a second group "a", the first is in line 4`},
		"two with an id":             {"tenants:\n- domain: contoso.com\n  id: 11111111-1111-4111-8111-111111111111\n  applications: [{name: a, object_id: 11111111-1111-4111-8111-111111111111}]" + cluster, `4: applications: a second id`},
		"two clusters with a host":   {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n- uri: https://C.kusto.windows.net:443/", `4: clusters: a second host "c.kusto.windows.net", the first is in line 3`},
		"two databases with a name":  {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  databases:\n  - name: A\n  - {name: B, pretty_name: a}", `6: databases: a second database "a", the first is in line 5`},
		"two tables with a name":     {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  databases:\n  - name: A\n    tables: [T,\n     {name: T}]", `7: tables: a second table "T", the first is in line 6`},
		"a grant twice":              {granted("{principal: ci, role: users},\n{principal: 'aadapp=ci;contoso.com', role: users}"), "4: grants: the same grant is in line 3"},
		"a member twice":             {"tenants:\n- domain: contoso.com\n  applications: [{name: ci}]\n  groups:\n  - name: A\n    members: [ci,\n     CI]" + cluster, `7: members: "CI" is a member twice, first in line 6`},
		"unknown principal":          {granted("{principal: 'aadgroup=Reader;contoso.com', role: viewers}"), `3: grants: no principal "aadgroup=Reader;contoso.com"`},
		"unknown name":               {granted("{principal: Reader, role: viewers}"), `3: grants: no principal "Reader"`},
		"no tenant":                  {granted("{principal: aadgroup=Readers, role: viewers}"), `3: grants: no principal "aadgroup=Readers"; it has no tenant, such as in "aadgroup=Data Readers;contoso.com"`},
		"unknown member":             {"tenants:\n- domain: contoso.com\n  groups: [{name: A, members: [bob@contoso.com]}]" + cluster, `3: members: no principal "bob@contoso.com"`},
		"unknown admin":              {tenants + "clusters:\n- uri: https://c.kusto.windows.net\n  admins: [who]", `4: admins: no principal "who"`},
		"two principals of one name": {"tenants:\n- domain: contoso.com\n  groups: [{name: ci}]\n  applications: [{name: ci}]\nclusters:\n- uri: https://c.kusto.windows.net\n  monitors: [ci]", `7: monitors: "ci" may be aadapp=`},
		"two tenants with a name":    {"tenants:\n- domain: contoso.com\n  applications: [{name: ci}]\n- domain: fabrikam.com\n  applications: [{name: ci}]\nclusters:\n- uri: https://c.kusto.windows.net\n  admins: [ci]", `8: admins: "ci" may be aadapp=`},
		"unknown table":              {granted("{principal: ci, role: admins,\ntable: t}"), `4: grants: no table "t" in the database "Db"`},
		"role of another kind":       {granted("{principal: ci, role: viewers, table: T}"), `3: grants: "viewers" is not a role on a table; there are admins, ingestors`},
		"two securables":             {granted("{principal: ci, role: admins, table: T, function: T}"), "3: grants: a grant has one of table and function, not both"},
		"no application":             {"tenants: [{domain: contoso.com}]" + cluster, "1: tenants: there is no application in the first tenant to sign in as"},
		"sign-in of a group":         {tenants + "sign_in: Readers" + cluster, `2: sign_in: "Readers" is not an application`},
		"unknown sign-in":            {tenants + "sign_in: who" + cluster, `2: sign_in: no principal "who"`},
	} {
		_, err := seed.Parse("seed.yaml", []byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), "seed.yaml:"+c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

func TestRead_namesTheFile(t *testing.T) {
	path := t.TempDir() + "/mine.yaml"
	if _, err := seed.Read(path); err == nil {
		t.Error("a file that does not exist was read")
	}
	if err := os.WriteFile(path, []byte("a: b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Read(path); err == nil || !strings.HasPrefix(err.Error(), "mine.yaml:1: ") {
		t.Error(err)
	}
}

// build makes what a seed has, without a proxy.
func build(tb testing.TB, s *seed.Seed) (*entra.Directory, []*kusto.Cluster) {
	tb.Helper()
	d := s.Directory()
	server, err := entra.New(d, time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	var clusters []*kusto.Cluster
	s.AddClusters(d, func(config kusto.ClusterConfig) *kusto.Cluster {
		clusters = append(clusters, kusto.NewCluster(config, kusto.Environment{Entra: server}))
		return clusters[len(clusters)-1]
	})
	return d, clusters
}

func TestSeed_makesIDsFromNames(t *testing.T) {
	text := []byte(tenants + "personal_accounts: [carol@outlook.com]" + cluster)
	ids := func() (all []string) {
		s, err := seed.Parse("seed.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Directory().Principals() {
			all = append(all, p.FQN(), p.ObjectID)
		}
		return all
	}
	first := ids()
	if again := ids(); strings.Join(first, " ") != strings.Join(again, " ") || len(first) != 8 {
		t.Errorf("%v, then %v", first, again)
	}
}

func TestSeed_holdsWhatTheFileSays(t *testing.T) {
	s, err := seed.Read("testdata/complete.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, clusters := build(t, s)
	if d.HomeTenantID() != "11111111-1111-4111-8111-111111111111" || s.SignIn(d).DisplayName != "ci-deployer" || s.SignIn(d).Secrets[0] != "not-a-secret" {
		t.Errorf("home %s, sign-in %+v", d.HomeTenantID(), s.SignIn(d))
	}
	if len(clusters) != 2 || clusters[0].URI() != "https://mycluster.westeurope.kusto.windows.net" {
		t.Fatalf("%d clusters", len(clusters))
	}
	var onCluster []string
	for _, g := range clusters[0].Grants(kusto.Securable{Kind: "cluster"}) {
		onCluster = append(onCluster, g.Role+" "+g.DisplayName)
	}
	if got := strings.Join(onCluster, ", "); got != "alldatabasesadmins ci-deployer, alldatabasesmonitors Everyone, alldatabasesviewers Data Readers" {
		t.Errorf("on the cluster: %s", got)
	}
	var held []string
	for _, g := range clusters[0].AllGrants() {
		held = append(held, strings.Join([]string{g.Securable.Database, seed.Word(g.Securable.Kind), g.Securable.Entity, g.Grant.Role, g.Grant.DisplayName, g.Grant.Notes}, "/"))
	}
	want := `Samples/database//ingestors/ci-deployer/
Samples/database//users/carol/
Samples/database//viewers/Data Readers/TICKET-1
Samples/function/TopStates/admins/ci-deployer/
Samples/function/TopStates/admins/Alice Ng/
Samples/graph_model/Network/admins/ci-deployer/
Samples/materialized_view/Daily/admins/ci-deployer/
Samples/table/Night Admin/admins/ci-deployer/
Samples/table/StormEvents/admins/ci-deployer/
Samples/table/StormEvents/ingestors/loader/`
	if got := strings.Join(held, "\n"); got != want {
		t.Errorf("held\n%s\nwant\n%s", got, want)
	}
	groups := d.GroupsOf(d.Must("alice@contoso.com"))
	if len(groups) != 2 {
		t.Errorf("Alice is in %d groups", len(groups))
	}
}

// FuzzParse reads any file: it does not panic, an error names a line, and what was read
// can be built.
func FuzzParse(f *testing.F) {
	complete, err := os.ReadFile("testdata/complete.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(complete)
	f.Add([]byte(tenants + cluster))
	f.Add([]byte(granted("{principal: ci, role: users}")))
	f.Add([]byte("tenants: &a [*a]\nclusters: *b"))
	line := regexp.MustCompile(`^seed\.yaml:[1-9][0-9]*: `)
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := seed.Parse("seed.yaml", text)
		switch {
		case err == nil:
			build(t, s)
		case !line.MatchString(err.Error()):
			t.Errorf("no line in %q", err)
		}
	})
}
