// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	testresource "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// foreignProvider stands in for another provider: one type of resource, whose
// arguments are strings, that exists in the state alone.
type foreignProvider struct {
	name, typeName string
	arguments      []string
	id             func(map[string]string) string
}

var (
	_ provider.Provider = (*foreignProvider)(nil)
	_ resource.Resource = (*foreignResource)(nil)
)

func (f *foreignProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = f.name
}
func (f *foreignProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (f *foreignProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (f *foreignProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (f *foreignProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &foreignResource{f} }}
}

type foreignResource struct{ *foreignProvider }

func (f *foreignResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = f.typeName
}

func (f *foreignResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true}}
	for _, name := range f.arguments {
		resp.Schema.Attributes[name] = schema.StringAttribute{Optional: true}
	}
}

func (f *foreignResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var object types.Object
	resp.Diagnostics.Append(req.Plan.Get(ctx, &object)...)
	values, arguments := maps.Clone(object.Attributes()), map[string]string{}
	for name, value := range values {
		arguments[name] = stringOf(value).ValueString()
	}
	values["id"] = types.StringValue(f.id(arguments))
	resp.Diagnostics.Append(resp.State.Set(ctx, types.ObjectValueMust(object.AttributeTypes(ctx), values))...)
}

func (f *foreignResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}
func (f *foreignResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {
}
func (f *foreignResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// elsewhere is a reference to what another provider's configuration holds besides, with the
// argument that it is the value of.
var elsewhere = regexp.MustCompile(`(\w+ += )(?:data\.)?(?:azurerm|azuread)_[\w.]+`)

// withoutReferences puts values into the place of such references.
func withoutReferences(hcl, clientID, cluster string) string {
	return elsewhere.ReplaceAllStringFunc(hcl, func(argument string) string {
		name, _, _ := strings.Cut(argument, " ")
		switch {
		case name == "from": // of a moved block
			return argument
		case strings.HasSuffix(argument, ".client_id"):
			return fmt.Sprintf("%s = %q", name, clientID)
		case strings.HasSuffix(argument, ".tenant_id"):
			return fmt.Sprintf("%s = %q", name, entra.ContosoTenantID)
		}
		return fmt.Sprintf("%s = %q", name, cluster)
	})
}

func fromAzurerm() *foreignProvider {
	return &foreignProvider{
		name: "azurerm", typeName: "azurerm_kusto_database_principal_assignment",
		arguments: []string{"name", "resource_group_name", "cluster_name", "database_name", "tenant_id", "principal_id", "principal_type", "role"},
	}
}

func idOfAzurerm(*testCluster) func(map[string]string) string {
	return func(a map[string]string) string { return "/subscriptions/…/principalAssignments/" + a["name"] }
}

// The migration guides, by a real CLI: before, then after with the moved block.
func TestGuides_migrationsMoveWithoutTouchingTheGrant(t *testing.T) {
	t.Parallel()
	app := who("dashboard")
	for _, c := range []struct {
		guide         string
		before, after []string // files
		moved, held   []string
		foreign       *foreignProvider
		id            func(*testCluster) func(map[string]string) string
	}{
		{
			guide: "migrating-from-azurerm", before: []string{"before.tf"}, after: []string{"after.tf", "moved.tf"},
			moved: []string{"kusto_database_principal.dashboard"}, held: []string{"viewers|dashboard|"},
			foreign: fromAzurerm(), id: idOfAzurerm,
		},
		{
			guide: "migrating-from-azurerm", before: []string{"for-each-locals.tf", "for-each-before.tf"}, after: []string{"for-each-locals.tf", "for-each-after.tf"},
			moved: []string{`kusto_database_principal.readers["alice"]`, `kusto_database_principal.readers["data-readers"]`},
			held:  []string{"viewers|alice@contoso.com|", "viewers|Data Readers|"}, foreign: fromAzurerm(), id: idOfAzurerm,
		},
		{
			guide: "migrating-from-adx", before: []string{"before.tf"}, after: []string{"after.tf", "moved.tf"},
			moved: []string{"kusto_table_principal.telemetry"}, held: []string{"ingestors|telemetry-agent|writes storm reports"},
			foreign: &foreignProvider{
				name: "adx", typeName: "adx_table_security_role",
				arguments: []string{"database_name", "table_name", "role", "principal_fqn", "notes"},
			},
			id: func(s *testCluster) func(map[string]string) string {
				return func(a map[string]string) string {
					return fmt.Sprintf("%s|%s|table|%s|security_role|%s|%s", s.host(), a["database_name"], a["table_name"], a["role"], a["principal_fqn"])
				}
			},
		},
	} {
		t.Run(c.guide+"/"+c.before[0], func(t *testing.T) {
			t.Parallel()
			s := newExampleCluster(t)
			held := grants{"database": c.held}
			if strings.Contains(c.moved[0], "_table_") {
				held = grants{"table": c.held}
			}
			held.giveOn(s)
			c.foreign.id = c.id(s)
			both := maps.Clone(factories)
			both[c.foreign.name] = func() (tfprotov6.ProviderServer, error) {
				return providerserver.NewProtocol6WithError(c.foreign)()
			}
			hcl := func(files []string) string {
				var all strings.Builder
				for _, file := range files {
					all.WriteString(example(t, "guides/"+c.guide+"/"+file))
				}
				return s.config(withoutReferences(all.String(), app.AppID, s.label()))
			}
			var noops []plancheck.PlanCheck
			for _, address := range c.moved {
				noops = append(noops, plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop))
			}
			testresource.Test(t, testresource.TestCase{
				ProtoV6ProviderFactories: both,
				TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
				Steps: []testresource.TestStep{
					{Config: hcl(c.before)},
					{
						Config:            hcl(c.after),
						ConfigPlanChecks:  testresource.ConfigPlanChecks{PreApply: noops},
						ConfigStateChecks: clusterIs(testresource.ComposeAggregateTestCheckFunc(s.holds(held.lines()...), s.sent(".add", 0), s.sent(".drop", 0))),
					},
					{Config: s.config("")},
				},
			})
		})
	}
}
