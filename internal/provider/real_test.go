package provider

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// The tests of this file run anywhere: against the emulator, and by `make
// testacc` against a real cluster, whose variables CONTRIBUTING.md describes. All
// others need the emulator.

// onRealCluster reports whether the tests run against a real cluster.
func onRealCluster() bool { return os.Getenv("KUSTO_TEST_REAL") != "" }

// anyCluster is a cluster to test on, with two principals without grants there.
type anyCluster struct {
	*testCluster
	principal, other string // as written
}

// anywhere is the real cluster, or a stage of the emulator.
func anywhere(t *testing.T) *anyCluster {
	t.Helper()
	if !onRealCluster() {
		return &anyCluster{testCluster: newTestCluster(t), principal: "aaduser=alice@contoso.com", other: "aadgroup=On-Call;contoso.com"}
	}
	p := &anyCluster{
		testCluster: &testCluster{uri: os.Getenv("KUSTO_CLUSTER_URI"), database: os.Getenv("KUSTO_TEST_DATABASE"), provider: "provider \"kusto\" {}\n"},
		principal:   os.Getenv("KUSTO_TEST_PRINCIPAL"), other: os.Getenv("KUSTO_TEST_OTHER_PRINCIPAL"),
	}
	if p.principal == "" || p.other == "" {
		t.Skip("KUSTO_TEST_PRINCIPAL and KUSTO_TEST_OTHER_PRINCIPAL name no one to grant roles to")
	}
	return p
}

// reread lists the principals of a securable with a new client.
func (p *anyCluster) reread(s kusto.Securable) (*kusto.PrincipalList, error) {
	var diags diag.Diagnostics
	fresh := &session{}
	fresh.signIn(context.Background(), &kustoProvider{version: "test"}, auth.Config{}, &diags)
	if diags.HasError() {
		return nil, fmt.Errorf("%v", diags)
	}
	client := fresh.client(types.StringValue(p.uri), &diags)
	if diags.HasError() {
		return nil, fmt.Errorf("%v", diags)
	}
	return client.Principals(context.Background(), s)
}

// entity names something of a kind to grant roles on, and makes it where that is
// the emulator's.
func (p *anyCluster) entity(t *testing.T, kind *kusto.SecurableType) securableTest {
	t.Helper()
	name := "Night Admin"
	if onRealCluster() {
		variable := "KUSTO_TEST_" + strings.ToUpper(kind.Slug)
		if name = os.Getenv(variable); name == "" && kind.InsideDatabase() {
			t.Skip(variable + " names no " + kind.Noun + " to grant roles on")
		}
	}
	k := securableTest{
		securableType: kind, securable: emulator.Securable{Kind: kind.Keyword, Database: p.database},
		hcl: fmt.Sprintf("database_name = %s\n", quoteHCL(p.database)),
	}
	if kind.InsideDatabase() {
		k.securable.Entity = name
		k.hcl += fmt.Sprintf("%s = %s\n", kind.NameAttribute(), quoteHCL(name))
	}
	if !onRealCluster() {
		k.addTo(p.testCluster)
	}
	return k
}

// holders are who holds a role on it directly, by resolved name, as the service
// itself says.
func (p *anyCluster) holders(k securableTest, role string) ([]string, error) {
	var holders []string
	if !onRealCluster() {
		for _, g := range p.Grants(k.securable) {
			if g.Role == role {
				holders = append(holders, g.FQN)
			}
		}
		return holders, nil
	}
	list, err := p.reread(kusto.Securable{Type: k.securableType, Database: p.database, Name: k.securable.Entity})
	if err != nil {
		return nil, err
	}
	for _, g := range list.Direct(kusto.Role(role)) {
		holders = append(holders, normalizedFQN(g.Principal))
	}
	return holders, nil
}

// holding checks that those the state says hold the role do, and no others when
// all is set. The state's resolved names are found below a prefix.
func (p *anyCluster) holding(k securableTest, role, address string, all bool) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		holders, err := p.holders(k, role)
		if err != nil {
			return err
		}
		said := 0
		for name, value := range state.RootModule().Resources[address].Primary.Attributes {
			if !strings.HasSuffix(name, "resolved_fqn") {
				continue
			}
			said++
			if !slices.Contains(holders, value) {
				return fmt.Errorf("%s does not hold %s: %v", value, role, holders)
			}
		}
		if said == 0 || all && said != len(holders) {
			return fmt.Errorf("the state tells of %d members, the service of %v", said, holders)
		}
		return nil
	}
}

// asBefore checks that who held the role before holds it again, and no one else.
func (p *anyCluster) asBefore(t *testing.T, k securableTest, role string) resource.TestCheckFunc {
	t.Helper()
	before, err := p.holders(k, role)
	if err != nil {
		t.Fatal(err)
	}
	return func(*terraform.State) error {
		after, err := p.holders(k, role)
		if err != nil {
			return err
		}
		return same("after destroy, the "+role, after, before)
	}
}

func TestAnywhere_memberOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, kind := range kusto.SecurableTypes {
		t.Run(kind.Slug, func(t *testing.T) {
			t.Parallel()
			p := anywhere(t)
			k := p.entity(t, kind)
			role := kind.RoleNames()[len(kind.Roles)-1]
			it := k.address("principal")
			written := p.config(k.principal(role, p.principal, `notes = "it's a \"test\" \\ 😀"`))
			steps := []resource.TestStep{
				{Config: written, Check: p.holding(k, role, it, false)},
				{Config: written, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
				{ResourceName: it, ImportState: true, ImportStateVerify: true},
				{Config: p.config(k.principal(role, p.principal, `notes = "another"`)), Check: resource.TestCheckResourceAttr(it, "notes", "another")},
				{Config: p.config(k.principal(role, p.other, "")), Check: p.holding(k, role, it, false)},
			}
			if !onRealCluster() {
				steps[0].Check = resource.ComposeAggregateTestCheckFunc(steps[0].Check, p.sent(".add", 1), p.sent(".show", 0))
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps, CheckDestroy: p.asBefore(t, k, role)})
		})
	}
}

func TestAnywhere_roleOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, kind := range kusto.SecurableTypes {
		t.Run(kind.Slug, func(t *testing.T) {
			t.Parallel()
			p := anywhere(t)
			k := p.entity(t, kind)
			role := kind.RoleNames()[len(kind.Roles)-1]
			if holders, err := p.holders(k, role); err != nil || len(holders) > 0 {
				t.Skipf("the %s of this %s are in use, and a role resource would take them over: %v (%v)", role, kind.Noun, holders, err)
			}
			it := k.address("role")
			both := p.config(k.role(role, p.principal, p.other))
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{
					{Config: both, Check: p.holding(k, role, it, true)},
					{Config: both, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
					{Config: p.config(k.role(role, p.other)), Check: p.holding(k, role, it, true)},
				},
				CheckDestroy: p.asBefore(t, k, role),
			})
		})
	}
}
