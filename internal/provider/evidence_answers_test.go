// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// roleTexts are Role columns of the reference, in the list of an entity or a database, and
// what they mean there.
var roleTexts = []struct {
	slug, text, role string
	inherited        bool
}{
	{"database", "Database Samples Admin", "admins", false},
	{"database", "Database Samples UnrestrictedViewer", "unrestrictedviewers", false},
	{"database", "Database Admin", "admins", false}, // two clients have rows without a name
	{"database", "Database 0f5ad1b4-0000-4000-8000-00000000b4b4 Viewer", "viewers", false},
	{"database", "AllDatabasesAdmin", "admins", true},
	{"database", "AllDatabasesViewer", "viewers", true}, // a Viewer of the Fabric workspace
	{"database", "AllDatabasesMonitor", "monitors", true},
	{"database", "Cluster Admin", "admins", true}, // older engines
	{"database", "Cluster User", "users", true},
	{"database", "Cluster Viewer", "viewers", true},
	{"table", "Table Night Admin Ingestor", "ingestors", false},
	{"table", "Table Night Admin Admin", "admins", false},
	{"table", "Database Samples Admin", "admins", true},
	{"table", "Database Samples User", "users", true},
	{"table", "Database Samples Viewer", "viewers", true},
	{"table", "Database Admin", "admins", true},
	{"table", "Cluster Admin", "admins", true},
	{"external_table", "External Table Night Admin Admin", "admins", false},
	{"materialized_view", "Materialized View Night Admin Admin", "admins", false},
	{"function", "Function Night Admin Admin", "admins", false},
	{"graph_model", "Graph Night Admin GraphAdmin", "admins", false},
	{"graph_model", "Graph Model Night Admin Admin", "admins", false},
	{"graph_model", "Database Samples Admin", "admins", true},
}

// principalsBody is a list of principals with these Role columns.
func principalsBody(texts []string) string {
	columns := []map[string]string{}
	for _, name := range []string{"Role", "PrincipalType", "PrincipalDisplayName", "PrincipalObjectId", "PrincipalFQN", "Notes", "RoleAssignmentIdentifier"} {
		columns = append(columns, map[string]string{"ColumnName": name, "DataType": "String", "ColumnType": "string"})
	}
	rows := [][]string{}
	for i, text := range texts {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		rows = append(rows, []string{text, "AAD User", "Someone", id, "aaduser=" + id + ";" + entra.ContosoTenantID, "", ""})
	}
	body, _ := json.Marshal(map[string]any{"Tables": []any{map[string]any{"TableName": "Table_0", "Columns": columns, "Rows": rows}}})
	return string(body)
}

func TestEvidence_roleTextsAreReadAsTheyWereSeen(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("Night Admin") {
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			data := "kusto_" + k.securableType.Slug + "_principals"
			var texts []string
			var checks []resource.TestCheckFunc
			for _, c := range roleTexts {
				if c.slug != k.securableType.Slug {
					continue
				}
				row := fmt.Sprintf("principals.%d.", len(texts))
				texts = append(texts, c.text)
				checks = append(checks, resource.TestCheckResourceAttr("data."+data+".it", row+"role", c.role),
					resource.TestCheckResourceAttr("data."+data+".it", row+"inherited", strconv.FormatBool(c.inherited)))
			}
			s.Intercept(func(fakekusto.Command) *fakekusto.Fault {
				return &fakekusto.Fault{Kind: fakekusto.Custom, Status: 200, Body: principalsBody(texts)}
			})
			s.test(t, resource.TestStep{
				Config: s.config(fmt.Sprintf("data %q \"it\" {\n%s}\n", data, k.hcl)), Check: resource.ComposeAggregateTestCheckFunc(checks...),
			})
		})
	}
}

// identities are the ways in which answers tell who somebody is, or do not.
var identities = map[string]fakekusto.Behaviour{
	"an id":                   {},
	"an id and a tenant":      {RolesID: "guid;tenant"},
	"an FQN":                  {RolesID: "fqn"},
	"no id":                   {RolesID: "empty"},
	"no id, bare names":       {RolesID: "empty", BareGroups: true, BareApps: true},
	"no id, wide brackets":    {RolesID: "empty", WideBrackets: true},
	"no id at all":            {RolesID: "empty", BareGroups: true, BareApps: true, HideObjectIDs: true, Columns: "fqn"},
	"an id, none in the list": {HideObjectIDs: true, Columns: "notes"},
	"forbidden, bare names":   {OthersRolesForbidden: true, BareGroups: true, BareApps: true},
	"forbidden, names shown":  {OthersRolesForbidden: true, ShowForeignNames: true},
}

// named are names that only Kusto can resolve, each beside another row of its type.
var named = []string{"aadgroup=On-Call;contoso.com", "aadgroup=data-readers@contoso.com", "aadapp=dashboard;contoso.com", "aaduser=erin@fabrikam.com"}

func TestEvidence_namesStayWhoeverTheAnswerNames(t *testing.T) {
	t.Parallel()
	others := []string{"watchers", "reporter", "frank@fabrikam.com"}
	for _, name := range others[:2] {
		if fake.Directory().Lookup(name) == nil {
			fake.Directory().AddGroup(entra.ContosoTenantID, others[0], "")
			fake.Directory().AddApp(entra.ContosoTenantID, others[1])
		}
	}
	for name, b := range identities {
		for _, asRole := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, role resource %t", name, asRole), func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t)
				s.SetBehaviour(b)
				want := []string{}
				for _, f := range []string{"On-Call", "data-readers@contoso.com", "dashboard", "erin@fabrikam.com"} {
					want = append(want, line(database("Samples"), "viewers", who(f).FQN(), ""))
				}
				if asRole {
					hcl := s.config(securableTestOf(s, "database").role("viewers", named...))
					s.testLockouts(t, nil, resource.TestStep{Config: hcl, Check: s.holds(want...)}, resource.TestStep{Config: hcl, PlanOnly: true})
					return
				}
				var left []string
				for _, o := range others {
					s.Grant(database("Samples"), "viewers", who(o), "")
					left = append(left, line(database("Samples"), "viewers", who(o).FQN(), ""))
				}
				hcl := s.provider
				for i, f := range named {
					hcl += strings.Replace(grantHCL("Samples", "viewers", f, ""), `"it"`, fmt.Sprintf(`"it%d"`, i), 1)
				}
				s.testLockouts(t, left,
					resource.TestStep{Config: hcl, Check: s.holds(append(want, left...)...)},
					resource.TestStep{RefreshState: true},
					resource.TestStep{Config: hcl, PlanOnly: true},
				)
			})
		}
	}
}

func TestEvidence_idsWithoutATenantAreOfTheClustersOwn(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app, group := who("dashboard"), who("On-Call")
	hcl := s.config(securableTestOf(s, "database").role("viewers", "aadapp="+app.AppID, "aadgroup="+group.ObjectID) +
		grantHCL("Samples", "users", "aadapp="+app.AppID, ""))
	s.test(t,
		resource.TestStep{Config: hcl, Check: s.holds(line(database("Samples"), "viewers", app.FQN(), ""),
			line(database("Samples"), "viewers", group.FQN(), ""), line(database("Samples"), "users", app.FQN(), ""))},
		resource.TestStep{Config: hcl, PlanOnly: true},
	)
}

// A role resource on the admins of an entity puts its creator out.
func TestEvidence_creatorsAreDirectAdmins(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	k := securableTestOf(s, "table")
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: s.config(k.role("admins", "aaduser=alice@contoso.com")),
			Check: resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr("kusto_table_role.it", "members.%", "1"),
				s.holdsExactly(k.securable, "admins", who("alice@contoso.com").FQN()),
			),
		}},
	})
}

func TestEvidence_prerequisites(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("It") {
		role := k.securableType.Roles[len(k.securableType.Roles)-1]
		if k.securableType == kusto.Database {
			role = kusto.UnrestrictedViewers
		}
		needed := k.securableType.Needs(role)
		if len(needed) == 0 {
			continue // graph models
		}
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.SetBehaviour(fakekusto.Behaviour{Prerequisites: true})
			k.addTo(s)
			grant := k.principal(string(role), "aadgroup=On-Call;contoso.com", "")
			other := fmt.Sprintf("resource \"kusto_database_principal\" \"other\" {\n database_name = \"Samples\"\n role = %q\n principal_fqn = \"aadgroup=On-Call;contoso.com\"\n}\n", needed[0])
			s.test(t,
				resource.TestStep{Config: s.config(grant), ExpectError: at("principal_fqn", "The principal lacks a role on the database",
					"is not one of the", "before it can be one of the "+string(role), "kusto_database_principal", "depends_on")},
				resource.TestStep{PreConfig: s.slowly("database", string(needed[0])), Config: s.config(grant + other)}, // side by side
			)
		})
	}
}

func TestEvidence_aFollowingDatabaseIsNamed(t *testing.T) {
	t.Parallel()
	for _, hcl := range []string{
		grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		"resource \"kusto_database_role\" \"it\" {\n database_name = \"Samples\"\n role = \"viewers\"\n principals = [\"aaduser=alice@contoso.com\"]\n}\n",
	} {
		s := newTestCluster(t)
		s.Follow("Samples")
		s.test(t, resource.TestStep{
			Config: s.config(hcl), ExpectError: at("database_name", "The database follows a database of another cluster", "Kusto said (HTTP 400)", "read-only", "Grant the role on the database that it follows"),
		})
		if n := s.count(".add"); n != 1 {
			t.Errorf("%d .add commands were sent, want 1", n)
		}
	}
}
