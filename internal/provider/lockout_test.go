// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// newTestClusterWithoutAdmins is a test cluster whose caller is nobody's admin by inheritance: what
// makes it one, the test says.
func newTestClusterWithoutAdmins(t *testing.T) *testCluster {
	t.Helper()
	s := newTestClusterAs(t, fake.Directory().AddApp(entra.ContosoTenantID, fmt.Sprintf("careful %d", testClusters.Load())))
	s.Cluster = fake.AddCluster(fakekusto.ClusterConfig{Host: s.Host()})
	s.AddDatabase("Samples")
	return s
}

// admin is a kusto_database_principal that makes somebody an admin.
func admin(label, principal, more string) string {
	return fmt.Sprintf("resource \"kusto_database_principal\" %q {\n database_name = \"Samples\"\n role = \"admins\"\n principal_fqn = %s\n %s\n}\n", label, principal, more)
}

// admins is a kusto_database_role "it" that owns the list of admins.
func admins(principals, more string) string {
	return fmt.Sprintf("resource \"kusto_database_role\" \"it\" {\n database_name = \"Samples\"\n role = \"admins\"\n principals = [%s]\n %s\n}\n", principals, more)
}

const (
	meansIt  = "allow_lockout = true"
	writesIt = "allow_lockout = false" // the line that an error quotes

	alice = `"aaduser=alice@contoso.com"`
	bob   = `"aaduser=bob@contoso.com"`
	late  = "resource \"terraform_data\" \"late\" { input = " + alice + " }\n"

	lockedOut     = "Refusing to remove the last admin access"
	callerRemoved = `The identity that runs Terraform would no longer be an admin of database "Samples"`
	howToMeanThat = "if that is intended, set allow_lockout = true on this resource, apply, and try again"
)

// refused makes a step that the lockout check refuses in these words, at plan time
// unless it is said to come later.
func refused(hcl string, words ...string) resource.TestStep {
	return resource.TestStep{Config: hcl, PlanOnly: true, ExpectError: says(append(append([]string{lockedOut}, words...), howToMeanThat)...)}
}

func atApply(step resource.TestStep) resource.TestStep {
	step.PlanOnly = false
	return step
}

func destroying(step resource.TestStep) resource.TestStep {
	step.Destroy = true
	return step
}

// testLockouts runs steps, of which those that are refused may change nothing, and
// destroys; at the end the cluster holds what is left.
func (s *testCluster) testLockouts(t *testing.T, left []string, steps ...resource.TestStep) {
	t.Helper()
	runCase(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps, CheckDestroy: s.holds(left...)})
}

// testLockoutsWithCLI is testLockouts for a configuration that only a CLI can run.
func (s *testCluster) testLockoutsWithCLI(t *testing.T, left []string, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps, CheckDestroy: s.holds(left...)})
}

func (s *testCluster) adminLine(fqn string) string {
	return line(database("Samples"), "admins", fqn, "")
}

func TestLockout_membersOwnGrant(t *testing.T) {
	t.Parallel()
	s := newTestClusterWithoutAdmins(t)
	s.Grant(database("Samples"), "admins", s.deployer, "")
	s.Grant(database("Samples"), "admins", who("bob@contoso.com"), "")
	own := fmt.Sprintf("%q", s.deployer.FQN())
	s.testLockouts(t, []string{s.adminLine(who("bob@contoso.com").FQN())},
		resource.TestStep{Config: s.config(admin("it", own, writesIt))},
		refused(s.config(""), callerRemoved),
		refused(s.config(admin("it", alice, writesIt)), "allow_lockout = false", callerRemoved), // a replacement
		destroying(refused(s.config(admin("it", own, writesIt)), callerRemoved)),
		resource.TestStep{
			Config: s.config(admin("it", own, meansIt)),
			Check: resource.ComposeAggregateTestCheckFunc(s.sent(".drop", 0),
				s.holds(s.adminLine(s.deployer.FQN()), s.adminLine(who("bob@contoso.com").FQN()))),
		},
	)
}

func TestLockout_roleWithoutTheCaller(t *testing.T) {
	t.Parallel()
	s := newTestClusterWithoutAdmins(t)
	s.Grant(database("Samples"), "admins", s.deployer, "")
	own := fmt.Sprintf("%q", s.deployer.FQN())
	s.testLockoutsWithCLI(t, nil,
		refused(s.config(admins(alice, writesIt)), "allow_lockout = false", callerRemoved), // a list that is new to Terraform
		resource.TestStep{Config: s.config(admins(own+","+alice, writesIt))},
		refused(s.config(admins(alice, writesIt)), "allow_lockout = false", callerRemoved),
		refused(s.config(admins("", writesIt)), `Database "Samples" would have no admin left`),
		refused(s.config(""), `Database "Samples" would have no admin left`),
		destroying(refused(s.config(admins(own, writesIt)), "would have no admin left")),
		atApply(refused(s.config(late+admins("terraform_data.late.output", writesIt)), callerRemoved)), // not known at plan time
		resource.TestStep{
			Config: s.config(late + admins("terraform_data.late.output, "+own, meansIt)),
			Check: resource.ComposeAggregateTestCheckFunc(s.sent(".add", 1), s.sent(".drop", 0),
				s.holds(s.adminLine(s.deployer.FQN()), s.adminLine(who("alice@contoso.com").FQN()))),
		},
	)
}

// The caller may be written in any form, also one that only Kusto can tell.
func TestLockout_roleKnowsTheCallerByAnyName(t *testing.T) {
	t.Parallel()
	s := newTestClusterWithoutAdmins(t)
	s.Grant(database("Samples"), "admins", s.deployer, "")
	named := fmt.Sprintf("\"aadapp=%s;contoso.com\"", s.deployer.DisplayName)
	s.testLockouts(t, nil,
		resource.TestStep{
			Config: s.config(admins(named+","+alice, "")),
			Check:  s.holds(s.adminLine(s.deployer.FQN()), s.adminLine(who("alice@contoso.com").FQN())),
		},
		resource.TestStep{
			Config: s.config(admins(named+","+bob, "")),
			Check:  s.holds(s.adminLine(s.deployer.FQN()), s.adminLine(who("bob@contoso.com").FQN())),
		},
		resource.TestStep{Config: s.config(admins(named, meansIt))},
	)
}

func TestLockout_inheritedAdminsMayLeave(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t) // the caller is AllDatabasesAdmin
	own := fmt.Sprintf("%q", s.deployer.FQN())
	s.testLockouts(t, nil,
		resource.TestStep{Config: s.config(admin("it", own, ""))},
		resource.TestStep{Config: s.config(admins(alice, ""))}, // drops the member, owns the list
	)
}

func TestLockout_mindsTheGroupsThatMayBeTheCallers(t *testing.T) {
	t.Parallel()
	s := newTestClusterWithoutAdmins(t)
	groups := make([]string, 2)
	for i := range groups {
		g := fake.Directory().AddGroup(entra.ContosoTenantID, fmt.Sprintf("Owners %d of %s", i, s.deployer.DisplayName), "")
		fake.Directory().AddMember(g, s.deployer)
		s.Grant(database("Samples"), "admins", g, "")
		groups[i] = g.FQN()
	}
	both := func(more string) string {
		return s.config(admin("first", fmt.Sprintf("%q", groups[0]), more) + admin("second", fmt.Sprintf("%q", groups[1]), more))
	}
	const mayBe = `may be one as a member of the group "Owners`
	s.testLockouts(t, []string{s.adminLine(who("bob@contoso.com").FQN())},
		resource.TestStep{
			PreConfig: func() { s.Grant(database("Samples"), "admins", who("bob@contoso.com"), "") },
			Config:    both(writesIt),
		},
		// Either may be the one that counts: the group that is kept proves nothing.
		refused(s.config(admin("second", fmt.Sprintf("%q", groups[1]), writesIt)), mayBe),
		refused(s.config(""), mayBe),
		resource.TestStep{Config: both(meansIt), Check: s.holds(s.adminLine(groups[0]), s.adminLine(groups[1]), s.adminLine(who("bob@contoso.com").FQN()))},
	)
}

// tableAdmin is a kusto_table_principal that makes somebody admin of a table.
func tableAdmin(principal, more string) string {
	return fmt.Sprintf("resource \"kusto_table_principal\" \"it\" {\n database_name = \"Samples\"\n table_name = \"T\"\n role = \"admins\"\n principal_fqn = %q\n %s\n}\n", principal, more)
}

func TestLockout_ofATable(t *testing.T) {
	t.Parallel()
	table := fakekusto.Securable{Kind: "table", Database: "Samples", Entity: "T"}
	t.Run("the database's admins inherit", func(t *testing.T) {
		t.Parallel()
		s := newTestClusterWithoutAdmins(t)
		s.Database("Samples").AddTable("T")
		s.Grant(database("Samples"), "admins", s.deployer, "")
		s.testLockouts(t, []string{s.adminLine(s.deployer.FQN())},
			resource.TestStep{Config: s.config(tableAdmin(s.deployer.FQN(), ""))},
		)
	})
	t.Run("the caller is admin of the table alone", func(t *testing.T) {
		t.Parallel()
		s := newTestClusterWithoutAdmins(t)
		s.Database("Samples").AddTable("T")
		s.Grant(database("Samples"), "admins", who("bob@contoso.com"), "")
		s.Grant(table, "admins", s.deployer, "")
		s.testLockouts(t, []string{s.adminLine(who("bob@contoso.com").FQN())},
			resource.TestStep{Config: s.config(tableAdmin(s.deployer.FQN(), ""))},
			refused(s.config(""), `no longer be an admin of table "T" of database "Samples"`),
			resource.TestStep{Config: s.config(tableAdmin(s.deployer.FQN(), meansIt))},
		)
	})
}

// Every kind that has admins has the lockout check, by whichever resource.
func TestLockout_ofEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("Night Admin") {
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			if k.securableType.Slug == "external_table" {
				t.Skip("its admins may not manage it: a database's admin does")
			}
			s := newTestClusterWithoutAdmins(t)
			k.addTo(s)
			s.Grant(k.securable, string(kusto.Admins), s.deployer, "")
			s.testLockouts(t, nil,
				resource.TestStep{Config: s.config(k.principal("admins", s.deployer.FQN(), writesIt))},
				destroying(refused(s.config(k.principal("admins", s.deployer.FQN(), writesIt)), "would have no admin left")),
				resource.TestStep{Config: s.config(k.principal("admins", s.deployer.FQN(), meansIt))},
			)
		})
	}
}

// Whoever cannot be recognized is not "nobody": the check must not pass.
func TestLockout_needsTheCallersID(t *testing.T) {
	t.Parallel()
	for claims, known := range map[string]bool{
		`{"tid":"t","oid":"o","scp":"user_impersonation"}`: true, `{"tid":"t","appid":"a"}`: true,
		`{"tid":"t","oid":5,"scp":"user_impersonation"}`: false, `{"tid":"t","oid":"o","appid":null}`: false,
	} {
		principals, err := callerPrincipals("e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".e30")
		if (err == nil) != known {
			t.Errorf("%s: %v, %v", claims, principals, err)
		}
	}
}

// The attribute is noise where it has no effect. A state that has it plans empty.
func TestLockout_isShownForAdminsOnly(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	shown := func(value string) resource.TestCheckFunc {
		if value == "" {
			return resource.TestCheckNoResourceAttr(it, "allow_lockout")
		}
		return resource.TestCheckResourceAttr(it, "allow_lockout", value)
	}
	hcl := func(role, more string) string {
		return s.config(grantHCL("Samples", role, "aaduser=alice@contoso.com", more))
	}
	s.test(t,
		resource.TestStep{Config: hcl("viewers", ""), Check: shown("")},
		resource.TestStep{Config: hcl("viewers", writesIt), Check: shown("false")},
		resource.TestStep{Config: hcl("viewers", ""), ConfigPlanChecks: empty, Check: shown("false")},
	)
	s.test(t,
		resource.TestStep{Config: hcl("admins", ""), Check: shown("false")},
		resource.TestStep{Config: hcl("admins", meansIt), Check: shown("true")},
		resource.TestStep{Config: hcl("admins", ""), Check: shown("false")},
		resource.TestStep{Config: hcl("admins", ""), ConfigPlanChecks: empty},
	)
}
