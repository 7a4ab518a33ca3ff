// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// outputs checks outputs that are JSON.
func outputs(want map[string]string) resource.TestCheckFunc {
	var checks []resource.TestCheckFunc
	for name, value := range want {
		checks = append(checks, resource.TestCheckOutput(name, value))
	}
	return resource.ComposeAggregateTestCheckFunc(checks...)
}

func TestDatabases_listsWhatTheIdentityMaySee(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.AddDatabase("Following")
	s.Follow("Following")
	s.AddDatabasePretty("11111111-1111-4111-8111-111111111111", "Telemetry")
	reader := fake.Directory().AddApp(entra.ContosoTenantID, "reader of databases")
	s.Grant(database("Samples"), "viewers", reader, "")
	hcl := `
data "kusto_databases" "all" {}
output "all" {
  value = jsonencode([for d in data.kusto_databases.all.databases : [d.name, d.pretty_name, d.access_mode]])
}
output "ids" {
  value = alltrue([for d in data.kusto_databases.all.databases : length(d.id) == 36])
}`
	s.testWithCLI(t, resource.TestStep{Config: s.config(hcl), Check: outputs(map[string]string{
		"all": `[["Following",null,"ReadOnlyFollowing"],["Samples",null,"ReadWrite"],["11111111-1111-4111-8111-111111111111","Telemetry","ReadWrite"]]`, "ids": "true",
	})})
	s.testWithCLI(t, resource.TestStep{Config: s.signedInAs(reader) + hcl, Check: resource.TestCheckOutput("all", `[["Samples",null,"ReadWrite"]]`)})
}

// Some clusters list a database only to who asks in it. No database is not an answer then.
func TestDatabases_thatAreNotListedAreAWarning(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.SetBehaviour(fakekusto.Behaviour{OwnDatabasesHidden: true})
	s.deployer = fake.Directory().AddApp(entra.ContosoTenantID, "reader of one database")
	s.Grant(database("Samples"), "admins", s.deployer, "")
	p := s.protocol(t)
	for _, typeName := range []string{"kusto_database_principal", "kusto_table_role"} {
		names, warnings := namesOf(p.list(typeName, nil, 1000))
		if len(names) > 0 || len(warnings) != 1 || !strings.HasPrefix(warnings[0], "Not listed: databases: ") {
			t.Errorf("%s: %q, %q", typeName, names, warnings)
		}
		if _, warnings := namesOf(p.list(typeName, map[string]string{"database_name": "Samples"}, 1000)); len(warnings) > 0 {
			t.Errorf("%s in a database: %q", typeName, warnings)
		}
	}
	if d := p.readData("kusto_databases", nil); len(d) != 1 || d[0].Severity != tfprotov6.DiagnosticSeverityWarning || d[0].Summary != "Not listed: databases" {
		t.Errorf("kusto_databases: %v", d)
	}
}

func TestEntities_refusesOtherKinds(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for kind, want := range map[string]string{
		"tables":         `"tables" is not a kind of entity. The value must be one of table, external_table, materialized_view, function, graph_model. Did you mean "table"?`,
		"External Table": `Did you mean "external_table"?`, "database": `The value must be one of table`,
	} {
		s.test(t, resource.TestStep{
			Config:      s.config(fmt.Sprintf("data \"kusto_entities\" \"some\" {\n  database_name = \"Samples\"\n  kinds = [%q]\n}\n", kind)),
			ExpectError: says("Invalid kind", want),
		})
	}
}

// readData reads a data source, and returns what it reports.
func (p *protocol) readData(typeName string, config map[string]string) []*tfprotov6.Diagnostic {
	p.t.Helper()
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: typeName, Config: p.dynamic(p.schema.DataSourceSchemas[typeName], config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.Diagnostics
}

func TestEntities_listsWhatADatabaseHolds(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for _, k := range kusto.SecurableTypes {
		if !k.InsideDatabase() {
			continue
		}
		s.Database("Samples").AddIn(k.Keyword, "Raw "+k.Slug, "Raw/In")
		s.Database("Samples").Add(k.Keyword, `odd "$${name}" | é`)
	}
	entities := func(arguments string) string {
		return s.config(fmt.Sprintf(`
data "kusto_entities" "some" {
  database_name = "samples"
  %s
}
output "names" {
  value = jsonencode(data.kusto_entities.some.names)
}
output "entities" {
  value = jsonencode([for e in data.kusto_entities.some.entities : [e.kind, e.name, e.folder]])
}`, arguments))
	}
	s.testWithCLI(t,
		resource.TestStep{Config: entities(""), Check: resource.ComposeAggregateTestCheckFunc(s.sent(".show", 5), resource.TestCheckOutput("entities",
			`[["table","Raw table","Raw/In"],["table","odd \"$${name}\" | é",null],`+
				`["external_table","Raw external_table","Raw/In"],["external_table","odd \"$${name}\" | é",null],`+
				`["materialized_view","Raw materialized_view","Raw/In"],["materialized_view","odd \"$${name}\" | é",null],`+
				`["function","Raw function","Raw/In"],["function","odd \"$${name}\" | é",null],`+
				`["graph_model","Raw graph_model",null],["graph_model","odd \"$${name}\" | é",null]]`))},
		resource.TestStep{Config: entities(`kinds = ["table", "function"]
  name_regex = "^Raw"`), Check: resource.TestCheckOutput("names", `["Raw table","Raw function"]`)},
		resource.TestStep{Config: entities(`name_regex = "nothing like it"`), Check: outputs(map[string]string{"names": "[]", "entities": "[]"})},
		resource.TestStep{Config: entities(`name_regex = "("`), ExpectError: says("Invalid regular expression", "missing closing )")},
		resource.TestStep{Config: entities(`kinds = ["tables"]`), ExpectError: regexp.MustCompile(`value must be one of`)},
		resource.TestStep{Config: entities(`kinds = []`), ExpectError: regexp.MustCompile(`at least 1`)},
		resource.TestStep{Config: s.config("")},
	)
}

func TestEntities_withoutGraphModels(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.Database("Samples").AddTable("T")
	s.SetBehaviour(fakekusto.Behaviour{NoGraphModels: true})
	hcl := func(arguments string) string {
		return fmt.Sprintf(`
data "kusto_entities" "all" {
  database_name = "Samples"
  %s
}
output "names" {
  value = jsonencode(data.kusto_entities.all.names)
}`, arguments)
	}
	s.testWithCLI(t,
		resource.TestStep{Config: s.config(hcl("")), Check: resource.TestCheckOutput("names", `["T"]`)},
		resource.TestStep{Config: s.config(hcl(`kinds = ["graph_model"]`)), ExpectError: says(`Could not list the graph models of database "Samples"`, "Syntax error")},
		resource.TestStep{Config: s.config("")},
	)
	reader := fake.Directory().AddApp(entra.ContosoTenantID, "reader of entities")
	s.Grant(database("Samples"), "viewers", reader, "")
	s.SetBehaviour(fakekusto.Behaviour{})
	s.testWithCLI(t,
		resource.TestStep{Config: s.signedInAs(reader) + hcl(""), ExpectError: says(
			`Not authorized to list the graph models of database "Samples"`, "Database Admin for graph models", "To leave the graph models out, set kinds")},
		resource.TestStep{Config: s.signedInAs(reader) + hcl(`kinds = ["table"]`), Check: resource.TestCheckOutput("names", `["T"]`)},
	)
}

func TestEntities_grantsOnEachOfThem(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for _, name := range []string{"A", "B"} {
		s.Database("Samples").AddTable(name)
	}
	hcl := s.config(fmt.Sprintf(`
data "kusto_entities" "tables" {
  database_name = "Samples"
  kinds         = ["table"]
}
resource "kusto_table_principal" "each" {
  for_each      = toset(data.kusto_entities.tables.names)
  database_name = "Samples"
  table_name    = each.key
  role          = "admins"
  principal_fqn = %q
}`, who("On-Call").FQN()))
	grant := func(table string) string {
		return line(fakekusto.Securable{Kind: "table", Database: "Samples", Entity: table}, "admins", who("On-Call").FQN(), "")
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{Config: hcl, ConfigStateChecks: clusterIs(s.holds(grant("A"), grant("B")))},
		{
			PreConfig: func() { s.Database("Samples").AddTable("C") },
			Config:    hcl, ConfigStateChecks: clusterIs(s.holds(grant("A"), grant("B"), grant("C"))),
		},
		{Config: s.config(""), ConfigStateChecks: clusterIs(s.holds())},
	}})
}

func TestPrincipalRoles_areForCheckBlocks(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Database("Samples").AddTable("Night Admin")
	s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "")
	s.Grant(nightAdmin, "ingestors", who("bob@contoso.com"), "")
	roles := func(provider, arguments string) string {
		return provider + fmt.Sprintf(`
data "kusto_principal_roles" "here" {
  database_name = "Samples"
  %s
}
output "roles" {
  value = jsonencode(data.kusto_principal_roles.here.roles)
}
check "admin" {
  assert {
    condition     = contains(data.kusto_principal_roles.here.roles, "admins") || true
    error_message = "The identity is not an admin."
  }
}`, arguments)
	}
	reader := fake.Directory().AddApp(entra.ContosoTenantID, "reader of roles")
	s.testWithCLI(t,
		resource.TestStep{Config: roles(s.provider, ""), Check: resource.TestCheckOutput("roles", `["admins"]`)},
		resource.TestStep{Config: roles(s.provider, `principal_fqn = "aaduser=bob@contoso.com"`), Check: resource.TestCheckOutput("roles", `["viewers"]`)},
		resource.TestStep{Config: roles(s.provider, `principal_fqn = "aaduser=bob@contoso.com"
  table_name = "Night Admin"`), Check: resource.TestCheckOutput("roles", `["ingestors"]`)},
		resource.TestStep{Config: roles(s.provider, `table_name = "T"
  function_name = "F"`), ExpectError: says("function_name", "cannot be specified when")},
		resource.TestStep{Config: roles(s.provider, `table_name = "Nowhere"`), ExpectError: says("No such table")},
		resource.TestStep{Config: roles(s.provider, `principal_fqn = "aaduser=nobody@contoso.com"`), ExpectError: says("Principal not found in Microsoft Entra ID")},
		resource.TestStep{Config: roles(s.signedInAs(reader), ""), Check: resource.TestCheckOutput("roles", `[]`)},
		resource.TestStep{Config: roles(s.signedInAs(reader), `principal_fqn = "aaduser=bob@contoso.com"`), ExpectError: says("Not authorized to list the roles of aaduser=bob@contoso.com on", "Database Admin")},
		resource.TestStep{Config: s.config("")},
	)
}

func TestPrincipals_ofOnePrincipal(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Database("Samples").AddTable("Night Admin")
	for _, name := range []string{"alice@contoso.com", "dashboard", "Data Readers"} {
		s.Grant(database("Samples"), "users", who(name), "")
		s.Grant(nightAdmin, "admins", who(name), "")
	}
	rows := func(principal string) string {
		return s.config(fmt.Sprintf(`
data "kusto_table_principals" "night" {
  database_name = "Samples"
  table_name    = "Night Admin"
  principal_fqn = %q
}
output "rows" {
  value = join(", ", [for p in data.kusto_table_principals.night.principals : p.role_description])
}`, principal))
	}
	const both = "Database Samples User, Table Night Admin Admin"
	s.testWithCLI(t,
		resource.TestStep{Config: rows("aaduser=alice@contoso.com"), Check: resource.TestCheckOutput("rows", both)},
		resource.TestStep{Config: rows("aadapp=dashboard;contoso.com"), Check: resource.TestCheckOutput("rows", both)},
		resource.TestStep{Config: rows("aaduser=bob@contoso.com"), Check: resource.TestCheckOutput("rows", "")},
		resource.TestStep{
			PreConfig: func() { s.SetBehaviour(fakekusto.Behaviour{OthersRolesForbidden: true, BareGroups: true}) },
			Config:    rows("aadgroup=data-readers@contoso.com"), ExpectError: says("Ambiguous principal", "Write the principal with its object ID"),
		},
		resource.TestStep{Config: s.config("")},
	)
}
