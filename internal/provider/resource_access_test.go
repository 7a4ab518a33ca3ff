// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// accessHCL is all access to a database. Grants are "viewers = a, b".
func accessHCL(more string, grants ...string) string {
	var lines []string
	for _, g := range grants {
		role, names, _ := strings.Cut(g, " =")
		var quoted []string
		for name := range strings.SplitSeq(strings.TrimSpace(names), ", ") {
			if name != "" {
				quoted = append(quoted, quoteHCL(name))
			}
		}
		lines = append(lines, fmt.Sprintf("%s = [%s]", role, strings.Join(quoted, ", ")))
	}
	return fmt.Sprintf("resource \"kusto_database_access\" \"it\" {\n  database_name = \"Samples\"\n  grants = {\n    %s\n  }\n  %s\n}\n", strings.Join(lines, "\n    "), more)
}

const access = "kusto_database_access.it"

func TestAccess_ownsAllRoles(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	samples := database("Samples")
	alice, bob, dashboard := who("alice@contoso.com"), who("bob@contoso.com"), who("dashboard")
	grant := func(role, fqn string) string { return line(samples, role, fqn, "") }
	admin := "admins = " + s.deployer.FQN()
	s.Grant(samples, "admins", s.deployer, "")
	s.Grant(samples, "monitors", dashboard, "")
	me := grant("admins", s.deployer.FQN())
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: s.config(accessHCL("", admin, "viewers = aaduser=alice@contoso.com, aaduser=bob@contoso.com", "users =")),
				Check: resource.ComposeAggregateTestCheckFunc(
					s.holds(me, grant("viewers", alice.FQN()), grant("viewers", bob.FQN())),
					resource.TestCheckResourceAttr(access, "id", s.uri+"|Samples"),
					resource.TestCheckResourceAttr(access, "grants.%", "3"),
					resource.TestCheckResourceAttr(access, "members.%", "3"),
					resource.TestCheckResourceAttr(access, "members.viewers.aaduser=alice@contoso.com.resolved_fqn", alice.FQN()),
					resource.TestCheckResourceAttr(access, "removed_principals.monitors.0", dashboard.FQN()),
					s.sent(".add", 1), s.sent(".drop", 1),
				),
			},
			{ResourceName: access, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"grants", "members", "removed_principals"}},
			// Another spelling is no change, also while another role changes.
			{Config: s.config(accessHCL("", admin, "users =", "viewers = "+alice.FQN()+", aaduser=bob@contoso.com")), ConfigPlanChecks: empty},
			{
				Config: s.config(accessHCL("", admin, "viewers = "+alice.FQN()+", aaduser=bob@contoso.com", "ingestors = aadapp=dashboard;contoso.com")),
				Check:  s.holds(me, grant("viewers", alice.FQN()), grant("viewers", bob.FQN()), grant("ingestors", dashboard.FQN())),
			},
			{
				// Drift in a role that the configuration has, and in one that it leaves out.
				PreConfig: func() {
					s.Revoke(samples, "viewers", bob)
					s.Grant(samples, "monitors", dashboard, "")
					s.ResetCommands()
				},
				Config: s.config(accessHCL("", admin, "viewers = aaduser=alice@contoso.com, aaduser=bob@contoso.com", "ingestors = aadapp=dashboard;contoso.com")),
				Check: resource.ComposeAggregateTestCheckFunc(
					s.holds(me, grant("viewers", alice.FQN()), grant("viewers", bob.FQN()), grant("ingestors", dashboard.FQN())),
					s.sent(".add", 1), s.sent(".drop", 1),
				),
			},
			// Somebody moves from one role to another.
			{
				Config: s.config(accessHCL("", admin, "users = aaduser=alice@contoso.com", "viewers = aaduser=bob@contoso.com")),
				Check:  s.holds(me, grant("users", alice.FQN()), grant("viewers", bob.FQN())),
			},
			{
				Config: s.config(accessHCL("allow_lockout = true", admin, "users = aaduser=alice@contoso.com", "viewers = aaduser=bob@contoso.com")),
			},
		},
		CheckDestroy: s.holds(),
	})
}

// testToNobody is test for a resource that owns whom the cluster had before, too.
func (s *testCluster) testToNobody(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	runCase(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps, CheckDestroy: s.holds()})
}

func TestAccess_refusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, hcl string
		want      *regexp.Regexp
	}{
		{"an unknown role", accessHCL("", "viewer = aaduser=alice@contoso.com"), says("Invalid role", `Did you mean "viewers"?`)},
		{"a bad principal", accessHCL("", "viewers = alice@contoso.com"), says("Invalid principal", "must begin with aaduser=")},
		{"declared and ignored", accessHCL(`ignore_principals = ["aaduser=alice@contoso.com"]`, "viewers = aaduser=alice@contoso.com"),
			says("Conflicting principals", `is in grants["viewers"] and in ignore_principals`)},
		{"no such database", strings.ReplaceAll(accessHCL("", "viewers = aaduser=alice@contoso.com"), "Samples", "Sample"), says("No such database")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			s.test(t, resource.TestStep{Config: s.config(c.hcl), ExpectError: c.want})
		})
	}
}

// A role that fails does not hold back the others, and the state has what was done.
func TestAccess_savesWhatWasDone(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Grant(database("Samples"), "admins", s.deployer, "")
	me, bob := "admins = "+s.deployer.FQN(), who("bob@contoso.com")
	nobody := "aadapp=00000000-0000-4000-8000-00000000dead;contoso.com"
	s.testToNobody(t,
		resource.TestStep{Config: s.config(accessHCL("allow_lockout = true", me, "viewers = aaduser=alice@contoso.com"))},
		resource.TestStep{
			Config:      s.config(accessHCL("allow_lockout = true\n timeouts = { update = \"2s\" }", me, "users = "+nobody, "viewers = aaduser=bob@contoso.com")),
			ExpectError: says("Principal not found in Microsoft Entra ID", "Could not change the users of"),
		},
		resource.TestStep{
			Config: s.config(accessHCL("allow_lockout = true", me, "viewers = aaduser=bob@contoso.com")),
			Check:  s.holds(line(database("Samples"), "admins", s.deployer.FQN(), ""), line(database("Samples"), "viewers", bob.FQN(), "")),
		},
	)
}

// Grants move from members and roles into one resource, and back. Where the plan comes to the
// new resource first, no command takes a grant away.
func TestAccess_takesOverWithoutAGap(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"_access", "_principal", "_role"} {
		t.Run(first+" first", func(t *testing.T) {
			s := newTestCluster(t)
			s.Grant(database("Samples"), "admins", s.deployer, "")
			c := newContract(t, s, kusto.Behaviour{}).inOrder(first)
			before := admins(fmt.Sprintf("%q", s.deployer.FQN()), meansIt) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
			after := accessHCL(meansIt, "admins = "+s.deployer.FQN(), "viewers = aaduser=alice@contoso.com")
			for _, hcl := range []string{before, after, before} {
				s.ResetCommands()
				c.apply(hcl)
				c.expectHeld(
					line(database("Samples"), "admins", s.deployer.FQN(), ""),
					line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), ""),
				)
				if hcl == after && first == "_access" {
					c.expectNone(".drop")
				}
				c.expectEmptyPlan(hcl)
			}
		})
	}
}

// What only the apply knows: one name, the names of a role, all roles. The plan shows all
// that it knows, and the apply ends as planned.
func TestAccess_namesOfTheSameApply(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	samples, table := database("Samples"), kusto.Securable{Kind: "table", Database: "Samples", Entity: "StormEvents"}
	s.Grant(samples, "monitors", who("dashboard"), "")
	s.Database("Samples").AddTable("StormEvents")
	late := func(value string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"late\" {\n input = %s\n}\n", value)
	}
	on := func(grants string) string {
		return fmt.Sprintf("resource \"kusto_database_access\" \"it\" {\n database_name = \"Samples\"\n grants = %s\n allow_lockout = true\n}\n"+
			"resource \"kusto_table_access\" \"it\" {\n database_name = \"Samples\"\n table_name = \"StormEvents\"\n grants = { ingestors = [\"aaduser=bob@contoso.com\"] }\n allow_lockout = true\n}\n", grants)
	}
	alice := line(samples, "viewers", who("alice@contoso.com").FQN(), "")
	bob := line(table, "ingestors", who("bob@contoso.com").FQN(), "")
	for _, c := range []struct{ value, grants string }{
		{`"aaduser=alice@contoso.com"`, `{ viewers = [terraform_data.late.output], users = [] }`},
		{`["aaduser=alice@contoso.com"]`, `{ viewers = terraform_data.late.output, users = [] }`},
		{`{ viewers = ["aaduser=alice@contoso.com"] }`, `terraform_data.late.output`},
		{`{ viewers = ["aaduser=alice@contoso.com"], users = [] }`, `terraform_data.late.output`},
	} {
		s.Grant(samples, "monitors", who("dashboard"), "")
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
			{Config: s.config(late(c.value) + on(c.grants)), Check: s.holds(alice, bob)},
			{Config: s.config(late(strings.ReplaceAll(c.value, "alice", "bob")) + on(c.grants))},
		}, CheckDestroy: s.holds()})
	}
}

func TestAccess_contradictionIsRefused(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Grant(database("Samples"), "admins", s.deployer, "")
	me := "admins = " + s.deployer.FQN()
	member := grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	s.test(t,
		resource.TestStep{Config: s.config(member)},
		resource.TestStep{
			Config:      s.config(member + strings.ReplaceAll(accessHCL("", me), `"it"`, `"all"`)),
			ExpectError: says("removes a grant that another resource declares", "alice@contoso.com"),
		},
	)
	if err := same("the cluster", s.held(), []string{line(database("Samples"), "admins", s.deployer.FQN(), "")}); err != nil {
		t.Error(err)
	}
}
