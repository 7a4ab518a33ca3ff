// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// Adopting a whole cluster, over the plugin protocol: what `terraform query
// -generate-config-out` and the plan after it do.

const (
	oddName      = `Läden | "north" 'n' south (é😀)`
	grantsOnEach = 5
)

// furnished is a cluster with three databases, an odd name among them, 40 entities in each
// and 5 grants on each of those. Grants are counted by the keyword of their securables.
func furnished(t *testing.T) (s *testCluster, securables int, grants map[string]int) {
	t.Helper()
	grants = make(map[string]int)
	s = newTestCluster(t)
	behaviour := testBehaviour
	behaviour.NoCreators = true
	s.SetBehaviour(behaviour)
	holders := make([]*entra.Principal, 0, grantsOnEach)
	for _, name := range []string{"alice@contoso.com", "erin@fabrikam.com", "Data Readers", "On-Call", "dashboard"} {
		holders = append(holders, who(name))
	}
	furnish := func(on fakekusto.Securable, roles []string) {
		securables++
		for i, p := range holders {
			grants[on.Kind]++
			s.Grant(on, roles[i%len(roles)], p, []string{"", `a note | with "quotes"`}[i%2])
		}
	}
	for _, name := range []string{"Samples", "Sales", oddName} {
		if name != "Samples" {
			s.AddDatabase(name)
		}
		furnish(database(name), kusto.Database.RoleNames())
		for _, k := range kusto.SecurableTypes {
			for i := 0; k.InsideDatabase() && i < 8; i++ {
				entity := fakekusto.Securable{Kind: k.Keyword, Database: name, Entity: fmt.Sprintf("%s %d %s", k.Noun, i, oddName)}
				s.Database(name).Add(entity.Kind, entity.Entity)
				furnish(entity, k.RoleNames())
			}
		}
	}
	return s, securables, grants
}

// typesWith are the types that have a resource with the suffix.
func typesWith(suffix string) (types []*kusto.SecurableType) {
	for _, k := range kusto.SecurableTypes {
		if suffix == "_principal" || suffix == "_role" && !k.MembersOnly || suffix == "_access" && hasAccess(k) {
			types = append(types, k)
		}
	}
	return types
}

func TestList_adoptsAWholeCluster(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("plans some hundred imports")
	}
	for _, suffix := range []string{"_principal", "_role", "_access"} {
		t.Run(suffix, func(t *testing.T) {
			t.Parallel()
			s, securables, grants := furnished(t)
			before := s.held()
			p := s.protocol(t)
			found, want := make(map[string][]tfprotov6.ListResourceResult), 0
			for _, k := range typesWith(suffix) {
				if k == kusto.Cluster {
					securables++
					if !testBehaviour.ClusterWords { // nobody knows which role the old words mean
						want++ // the caller's own
					}
				}
				want += grants[k.Keyword]
				typeName := "kusto_" + k.Slug + suffix
				found[typeName] = p.list(typeName, nil, 10000)
			}
			// The databases are listed once, and each type of entity once in each database.
			if lists := 1 + 3*5; len(s.Commands()) > securables+lists {
				t.Errorf("%d commands were sent for %d securables and %d lists", len(s.Commands()), securables, lists)
			}
			adopted := 0
			s.ResetCommands()
			for typeName, results := range found {
				for _, r := range results {
					adopted += p.adoptGenerated(typeName, r)
				}
			}
			if adopted != want {
				t.Errorf("%d grants were adopted, want %d", adopted, want)
			}
			if s.count(".show") > securables || s.count(".add")+s.count(".drop")+s.count(".set") > 0 {
				t.Errorf("the imports and the plans sent %d commands for %d securables: %v", len(s.Commands()), securables, s.texts()[:5])
			}
			if err := same("after adoption", s.held(), before); err != nil {
				t.Error(err)
			}
		})
	}
}

// adoptGenerated imports what a list found by its identity, plans the configuration that a CLI
// would generate from it, and checks that there is nothing to do. It returns the number of
// grants that the resource manages.
func (p *protocol) adoptGenerated(typeName string, r tfprotov6.ListResourceResult) int {
	p.t.Helper()
	p.noErrors(r.Diagnostics)
	schema := p.schema.ResourceSchemas[typeName]
	imported, err := p.server.ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, Identity: r.Identity})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(imported.Diagnostics)
	read, err := p.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: imported.ImportedResources[0].State})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(read.Diagnostics)
	listed, state := p.object(schema, r.Resource), p.object(schema, read.NewState)
	for name, v := range listed {
		if name != "timeouts" && name != "allow_lockout" && name != "cluster_uri" && !v.Equal(state[name]) { // what Kusto does not hold, and the default
			p.t.Errorf("%s is listed as %s and read as %s", name, v, state[name])
		}
	}
	config, proposed := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	for _, a := range schema.Block.Attributes {
		config[a.Name], proposed[a.Name] = tftypes.NewValue(a.ValueType(), nil), state[a.Name]
		if a.Optional || a.Required {
			config[a.Name] = listed[a.Name]
			if !a.Computed || !listed[a.Name].IsNull() {
				proposed[a.Name] = listed[a.Name]
			}
		}
	}
	plan, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: read.NewState, ProposedNewState: p.value(schema, proposed), Config: p.value(schema, config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(plan.Diagnostics)
	for name, v := range p.object(schema, plan.PlannedState) {
		if !v.Equal(state[name]) {
			p.t.Errorf("%s of %s is planned to change from %s to %s", name, r.DisplayName, state[name], v)
		}
	}
	var principals []tftypes.Value
	if grants, hasAll := listed["grants"]; hasAll {
		n := 0
		for _, set := range attributesOf(grants) {
			n += len(textsOf(set))
		}
		return n
	}
	if set, isRole := listed["principals"]; isRole && set.As(&principals) == nil {
		return len(principals)
	}
	return 1
}

func (p *protocol) object(schema *tfprotov6.Schema, v *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	value, err := v.Unmarshal(schema.ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	return attributes
}

func (p *protocol) value(schema *tfprotov6.Schema, attributes map[string]tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	v, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), attributes))
	if err != nil {
		p.t.Fatal(err)
	}
	return &v
}

// names are what the results are called, and the texts of the warnings.
func namesOf(results []tfprotov6.ListResourceResult) (names, warnings []string) {
	for _, r := range results {
		if r.Identity != nil {
			names = append(names, r.DisplayName)
		}
		for _, d := range r.Diagnostics {
			warnings = append(warnings, d.Summary+": "+d.Detail)
		}
	}
	return names, warnings
}

func TestList_asksForNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	s, _, _ := furnished(t)
	p := s.protocol(t)
	for _, test := range []struct {
		limit  int64
		tables int // whose principals are listed
		more   string
	}{
		{1, 1, "There are more."}, {5, 1, "There may be more."}, {6, 2, "There are more."}, {25, 5, "There may be more."}, {38, 8, "There are more."},
	} {
		s.ResetCommands()
		p = s.protocol(t)
		names, warnings := namesOf(p.list("kusto_table_principal", map[string]string{"database_name": "Samples"}, test.limit))
		if int64(len(names)) != test.limit || len(warnings) != 1 || !strings.Contains(warnings[0], test.more) {
			t.Errorf("limit %d gives %d results and the warnings %q", test.limit, len(names), warnings)
		}
		if got := s.count(".show"); got != 1+test.tables {
			t.Errorf("limit %d takes %d commands, want the list and %d tables:\n%s", test.limit, got, test.tables, strings.Join(s.texts(), "\n"))
		}
	}
	if names, warnings := namesOf(p.list("kusto_table_principal", map[string]string{"database_name": "Samples"}, 41)); len(names) != 40 || len(warnings) != 0 {
		t.Errorf("a limit that is not reached gives %d results and %q", len(names), warnings)
	}
}

func TestList_filtersByRoleAndPrincipal(t *testing.T) {
	t.Parallel()
	s, _, _ := furnished(t)
	s.Grant(fakekusto.Securable{Kind: "table", Database: "Sales", Entity: "table 3 " + oddName}, "ingestors", who("alice@contoso.com"), "")
	for name, test := range map[string]struct {
		typeName string
		config   map[string]string
		want     int
		extra    int // commands besides the lists
	}{
		"a person, in every database":        {"kusto_table_principal", map[string]string{"principal_fqn": "aaduser=alice@contoso.com"}, 3*8 + 1, 0},
		"a person's roles":                   {"kusto_table_role", map[string]string{"principal_fqn": "aaduser=alice@contoso.com"}, 3*8 + 1, 0},
		"a person with a role":               {"kusto_table_principal", map[string]string{"principal_fqn": "aaduser=alice@contoso.com", "role": "ingestors"}, 1, 0},
		"a role":                             {"kusto_table_principal", map[string]string{"role": "ingestors", "database_name": "Samples"}, 8 * 2, 0},
		"a person who holds nothing":         {"kusto_table_principal", map[string]string{"principal_fqn": "aaduser=" + who("bob@contoso.com").FQN()[8:]}, 0, 0},
		"an application by its name":         {"kusto_table_principal", map[string]string{"principal_fqn": "aadapp=dashboard;contoso.com"}, 3 * 8, 1},
		"one database of several, its roles": {"kusto_database_role", map[string]string{"database_name": "sales"}, 5, 0},
		"one entity in every database":       {"kusto_function_principal", map[string]string{"function_name": "function 7 " + oddName}, 3 * 5, 0},
		"no such entity in any database":     {"kusto_function_principal", map[string]string{"function_name": "none"}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := s.protocol(t)
			names, warnings := namesOf(p.list(test.typeName, test.config, 1000))
			if len(names) != test.want || len(warnings) > 0 {
				t.Errorf("%d results, want %d, with the warnings %q:\n%s", len(names), test.want, warnings, strings.Join(names, "\n"))
			}
		})
	}
}

func TestList_looksUpANameOnce(t *testing.T) {
	t.Parallel()
	s, _, _ := furnished(t)
	p := s.protocol(t)
	p.list("kusto_table_principal", map[string]string{"principal_fqn": "aadapp=dashboard;contoso.com"}, 1000)
	lookups := slices.DeleteFunc(s.texts(), func(text string) bool { return !strings.HasSuffix(text, " roles") })
	if len(lookups) != 1 {
		t.Errorf("the name was looked up %d times:\n%s", len(lookups), strings.Join(lookups, "\n"))
	}
}

func TestList_saysThatNobodyHasSuchAName(t *testing.T) {
	t.Parallel()
	s, _, _ := furnished(t)
	s.byDefault() // who may be looked up
	for principal, want := range map[string]int{
		"aaduser=nosuch@contoso.com": 1, "aadgroup=No Such;contoso.com": 1, "aaduser=bob@contoso.com": 0, "aadgroup=" + who("On-Call").ObjectID + ";contoso.com": 0,
	} {
		names, warnings := namesOf(s.protocol(t).list("kusto_materialized_view_principal", map[string]string{"principal_fqn": principal}, 1000))
		if len(warnings) != want || want == 1 && !strings.HasPrefix(warnings[0], "Principal not found in Microsoft Entra ID: ") {
			t.Errorf("%s has %d grants and the warnings %q", principal, len(names), warnings)
		}
	}
}

func TestList_saysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	auditor := fake.Directory().AddApp(entra.ContosoTenantID, "auditor")
	s := newTestCluster(t)
	s.deployer = auditor
	for name, role := range map[string]string{"Open": "admins", "Shut": "viewers", "Closed": "viewers", "Unseen": ""} {
		s.AddDatabase(name).AddTable("T")
		if role != "" {
			s.Grant(database(name), role, auditor, "")
		}
		s.Grant(fakekusto.Securable{Kind: "table", Database: name, Entity: "T"}, "admins", who("alice@contoso.com"), "")
	}
	s.Follow("Open")
	p := s.protocol(t)
	for typeName, hidden := range map[string]string{
		"kusto_database_principal": `database "Closed"` + "\n" + `  - database "Shut"`,
		"kusto_table_role":         `table "T" of database "Closed"` + "\n" + `  - table "T" of database "Shut"`,
	} {
		noun := map[string]string{"kusto_database_principal": "databases", "kusto_table_role": "tables"}[typeName]
		names, warnings := namesOf(p.list(typeName, nil, 1000))
		if len(names) == 0 || !strings.HasSuffix(names[0], "(read-only: follows a database of another cluster)") {
			t.Errorf("%s lists %q", typeName, names)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "Not listed: "+noun+": ") || !strings.Contains(warnings[0], "  - "+hidden+"\n") {
			t.Errorf("%s warns %q", typeName, warnings)
		}
	}
}
