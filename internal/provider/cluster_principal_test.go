// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// onCluster is the emulator's securable for a cluster.
var onCluster = fakekusto.Securable{Kind: "cluster"}

const onClusterIt = "kusto_cluster_principal.it"

// clusterGrant is one kusto_cluster_principal named "it".
func clusterGrant(role, principal, more string) string {
	return fmt.Sprintf("resource \"kusto_cluster_principal\" \"it\" {\n role = %q\n principal_fqn = %q\n %s\n}\n", role, principal, more)
}

func TestClusterPrincipal_grantsEachRoleAndRevokesIt(t *testing.T) {
	t.Parallel()
	for role, moved := range map[string]string{
		"alldatabasesadmins": "alldatabasesviewers", "alldatabasesviewers": "alldatabasesmonitors", "alldatabasesmonitors": "alldatabasesadmins",
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			alice, bob := who("alice@contoso.com"), who("bob@contoso.com")
			updates := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(onClusterIt, plancheck.ResourceActionUpdate)}}
			s.test(t,
				resource.TestStep{
					Config: s.config(clusterGrant(role, "aaduser=alice@contoso.com", `notes = "first"`)),
					Check: resource.ComposeAggregateTestCheckFunc(
						s.holds(line(onCluster, role, alice.FQN(), "first")),
						resource.TestCheckResourceAttr(onClusterIt, "resolved_fqn", alice.FQN()),
						resource.TestCheckResourceAttr(onClusterIt, "principal_display_name", "Alice Ng (upn: alice@contoso.com)"),
						resource.TestCheckResourceAttr(onClusterIt, "cluster_uri", s.uri),
						resource.TestCheckResourceAttr(onClusterIt, "id", s.uri+"|"+role+"|aaduser=alice@contoso.com"),
						resource.TestCheckNoResourceAttr(onClusterIt, "database_name"),
					),
				},
				resource.TestStep{
					Config:           s.config(clusterGrant(role, "aaduser=alice@contoso.com", `notes = "second"`)),
					ConfigPlanChecks: updates,
					Check:            s.holds(line(onCluster, role, alice.FQN(), "second")),
				},
				resource.TestStep{ResourceName: onClusterIt, ImportState: true, ImportStateVerify: true},
				resource.TestStep{
					Config:           s.config(clusterGrant(role, "aaduser=bob@contoso.com", "")),
					ConfigPlanChecks: updates,
					Check:            s.holds(line(onCluster, role, bob.FQN(), "")),
				},
				resource.TestStep{
					Config:           s.config(clusterGrant(moved, bob.FQN(), "")),
					ConfigPlanChecks: updates,
					Check:            s.holds(line(onCluster, moved, bob.FQN(), "")),
				},
				resource.TestStep{Config: s.config(""), Check: s.holds()},
			)
			for _, c := range s.Commands() {
				if c.Securable == onCluster && c.Database != "NetDefaultDB" {
					t.Errorf("%s was sent to %q", c.Text, c.Database)
				}
			}
		})
	}
}

func TestClusterPrincipal_sendsOneListAndGathers(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	team := newTeam("cluster", 8)
	var hcl strings.Builder
	var want []string
	for i, fqn := range team.fqns() {
		fmt.Fprintf(&hcl, "resource \"kusto_cluster_principal\" \"p%d\" {\n role = \"alldatabasesviewers\"\n principal_fqn = %q\n}\n", i, fqn)
		want = append(want, line(onCluster, "alldatabasesviewers", fqn, ""))
	}
	s.test(t,
		resource.TestStep{
			PreConfig: func() {
				s.Intercept(func(c fakekusto.Command) *fakekusto.Fault {
					return map[string]*fakekusto.Fault{".add": {Delay: 200 * time.Millisecond}}[c.Verb]
				})
			},
			Config: s.config(hcl.String()),
			Check: resource.ComposeAggregateTestCheckFunc(s.holds(want...), func(*terraform.State) error {
				if n := s.count(".add"); n > 4 {
					return fmt.Errorf("%d commands for 8 grants: %v", n, s.texts())
				}
				return nil
			}),
		},
		resource.TestStep{
			PreConfig: s.ResetCommands,
			Config:    s.config(hcl.String()), RefreshState: true,
			Check: s.sent(".show", 1),
		},
	)
}

func TestClusterPrincipal_seesDriftAndAdopts(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	alice := who("alice@contoso.com")
	s.Grant(onCluster, "alldatabasesviewers", alice, "theirs")
	hcl := s.config(clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", ""))
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: hcl, Check: s.holds(line(onCluster, "alldatabasesviewers", alice.FQN(), "theirs"))},
			{
				PreConfig: func() { s.Revoke(onCluster, "alldatabasesviewers", alice) },
				Config:    hcl, Check: s.holds(line(onCluster, "alldatabasesviewers", alice.FQN(), "")),
			},
		},
		CheckDestroy: s.holds(),
	})
}

const (
	refusedByCluster = "Microsoft's documentation contradicts itself on whether a command can change the roles of a cluster."
	throughAzurerm   = "azurerm_kusto_cluster_principal_assignment"
)

func TestClusterPrincipal_explainsRefusals(t *testing.T) {
	t.Parallel()
	hcl := clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", "")
	for name, c := range map[string]struct {
		prepare func(*testCluster)
		words   []string
	}{
		"the command": {
			func(s *testCluster) { s.SetBehaviour(fakekusto.Behaviour{ClusterRolesRefused: true}) },
			[]string{"Could not grant alldatabasesviewers of the cluster to aaduser=alice@contoso.com", "cannot be changed by a command", refusedByCluster, throughAzurerm},
		},
		"the caller": {
			func(s *testCluster) {
				s.Intercept(func(c fakekusto.Command) *fakekusto.Fault {
					return map[string]*fakekusto.Fault{".add": {Kind: fakekusto.Forbidden}}[c.Verb]
				})
			},
			[]string{"Not authorized to grant alldatabasesviewers of the cluster", "needs the role AllDatabasesAdmin", refusedByCluster, throughAzurerm},
		},
		"a word of the command": {
			func(s *testCluster) {
				s.Intercept(func(c fakekusto.Command) *fakekusto.Fault {
					return map[string]*fakekusto.Fault{".add": {Kind: fakekusto.Custom, Status: 400, Body: `{"error":{"code":"BadRequest_SyntaxError","@type":"Kusto.Data.Exceptions.SyntaxException","@message":"Syntax error: alldatabasesviewers"}}`}}[c.Verb]
				})
			},
			[]string{"Could not grant alldatabasesviewers of the cluster", "Syntax error", refusedByCluster, throughAzurerm},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			c.prepare(s)
			s.test(t, resource.TestStep{Config: s.config(hcl), ExpectError: says(c.words...)})
			if s.count(".show") > 5 {
				t.Errorf("sent %v", s.texts())
			}
		})
	}
	t.Run("a destroy", func(t *testing.T) {
		t.Parallel()
		s := newTestCluster(t).byDefault()
		s.test(t,
			resource.TestStep{Config: s.config(hcl)},
			resource.TestStep{
				PreConfig: func() { s.SetBehaviour(fakekusto.Behaviour{ClusterRolesRefused: true}) },
				Config:    s.config(""),
				ExpectError: says("Could not revoke alldatabasesviewers of the cluster from aaduser=alice@contoso.com", refusedByCluster, "in the Azure portal",
					"removed block with lifecycle { destroy = false }"),
			},
			resource.TestStep{PreConfig: func() { s.SetBehaviour(fakekusto.Behaviour{}) }, Config: s.config("")},
		)
	})
	t.Run("not a read", func(t *testing.T) {
		t.Parallel()
		s := newTestClusterWithoutAdmins(t)
		s.test(t, resource.TestStep{
			Config:      s.config("data \"kusto_cluster_principals\" \"it\" {}\n"),
			ExpectError: says("Not authorized to list the principals of the cluster", "needs the role AllDatabasesAdmin"),
		})
	})
}

func TestClusterPrincipal_planChecks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*testCluster)
		hcl     string
		want    [][]string
	}{
		"nothing": {hcl: clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", "")},
		"a principal": {
			prepare: func(s *testCluster) { s.Grant(onCluster, "alldatabasesviewers", who("bob@contoso.com"), "") },
			hcl:     clusterGrant("alldatabasesviewers", "aaduser=bobb@contoso.com", ""),
			want:    [][]string{{"warning principal_fqn: Principal not found", `Did you mean "aaduser=bob@contoso.com"?`}},
		},
		"a caller who may not look": {
			prepare: func(s *testCluster) {
				s.Intercept(func(fakekusto.Command) *fakekusto.Fault { return &fakekusto.Fault{Kind: fakekusto.Forbidden} })
			},
			hcl:  clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", ""),
			want: [][]string{{"warning cluster_uri: Check skipped during plan", "Could not read the principals of the cluster"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			if c.prepare != nil {
				c.prepare(s)
			}
			reports := planAll(t, s.config(c.hcl))
			if len(reports) != len(c.want) {
				t.Fatalf("%d reports: %q", len(reports), reports)
			}
			for i, words := range c.want {
				if !says(words...).MatchString(reports[i]) {
					t.Errorf("%q, want %q", reports[i], words)
				}
			}
			if s.count(".add") > 0 {
				t.Error("a plan has granted something")
			}
		})
	}
	s := newTestCluster(t).byDefault()
	s.test(t,
		resource.TestStep{Config: s.config(clusterGrant("viewers", "aaduser=alice@contoso.com", "")), ExpectError: says("alldatabasesadmins, alldatabasesviewers, alldatabasesmonitors")},
		resource.TestStep{
			Config:      s.config(clusterGrant("alldatabasesviewers", "aaduser=nobody@contoso.com", `timeouts = { create = "2s" }`)),
			ExpectError: says("Principal not found in Microsoft Entra ID", "Could not grant alldatabasesviewers of the cluster to aaduser=nobody@contoso.com"),
		},
	)
}

func TestClusterPrincipal_lockout(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	own := s.deployer.FQN()
	inCluster := func(fqns ...string) resource.TestCheckFunc {
		return s.holdsExactly(onCluster, "alldatabasesadmins", fqns...)
	}
	refuses := refused("", "The cluster would have no admin left").ExpectError
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: s.config(clusterGrant("alldatabasesadmins", own, "allow_lockout = false")), Check: inCluster(own)},
			{Config: s.config(""), PlanOnly: true, ExpectError: refuses},
			{Config: s.config(clusterGrant("alldatabasesmonitors", own, "allow_lockout = false")), PlanOnly: true, ExpectError: refuses},
			{
				PreConfig: func() { s.Grant(onCluster, "alldatabasesadmins", who("bob@contoso.com"), "") },
				Config:    s.config(""), PlanOnly: true,
				ExpectError: says(lockedOut, "The identity that runs Terraform would no longer be an admin of the cluster", howToMeanThat),
			},
			{Config: s.config(clusterGrant("alldatabasesadmins", own, "allow_lockout = true"))},
			{Config: s.config(""), Check: inCluster(who("bob@contoso.com").FQN())},
		},
	})
}

func TestClusterPrincipal_declaredTwiceIsKept(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	alice := line(onCluster, "alldatabasesviewers", who("alice@contoso.com").FQN(), "")
	hcl := clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", "")
	s.test(t,
		resource.TestStep{Config: s.config(hcl), Check: s.holds(alice)},
		resource.TestStep{
			Config: s.config(strings.Replace(hcl, `"it"`, `"renamed"`, 1)),
			Check:  resource.ComposeAggregateTestCheckFunc(s.holds(alice), s.sent(".drop", 0)),
		},
	)
}

func TestClusterPrincipal_isNoneOfADatabase(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	hcl := clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", "") + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	both := []string{line(onCluster, "alldatabasesviewers", who("alice@contoso.com").FQN(), ""), line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")}
	s.test(t,
		resource.TestStep{Config: s.config(hcl), Check: s.holds(both...)},
		resource.TestStep{Config: s.config(clusterGrant("alldatabasesviewers", "aaduser=alice@contoso.com", "")), Check: s.holds(both[0])},
	)
}

func TestClusterPrincipal_movesFromAzurerm(t *testing.T) {
	t.Parallel()
	app := who("dashboard")
	for role, assigned := range map[string]string{"alldatabasesadmins": "AllDatabasesAdmin", "alldatabasesviewers": "AllDatabasesViewer", "alldatabasesmonitors": "AllDatabasesMonitor"} {
		s := newTestCluster(t).byDefault()
		s.Grant(onCluster, role, app, "")
		p := s.protocol(t)
		source := map[string]string{
			"id": "/subscriptions/0/…/principalAssignments/it", "cluster_name": s.label(), "principal_id": app.AppID, "principal_type": "App", "tenant_id": app.TenantID, "role": assigned,
		}
		moved := p.move("registry.terraform.io/hashicorp/azurerm", "azurerm_kusto_cluster_principal_assignment", "kusto_cluster_principal", source)
		p.noErrors(moved.Diagnostics)
		known := p.refreshAndPlanMoved("kusto_cluster_principal", moved, map[string]string{"principal_fqn": "aadapp=dashboard;contoso.com", "role": role})
		if known["resolved_fqn"] != app.FQN() || known["cluster_uri"] != s.uri || s.count(".add")+s.count(".drop") > 0 {
			t.Errorf("moved to %v by %v", known, s.texts())
		}
		source["role"] = "Viewer"
		if wrong := p.move("registry.terraform.io/hashicorp/azurerm", "azurerm_kusto_cluster_principal_assignment", "kusto_cluster_principal", source); len(wrong.Diagnostics) != 1 {
			t.Errorf("%v", wrong.Diagnostics)
		}
		source["role"] = assigned
		if wrong := p.move("registry.terraform.io/hashicorp/azurerm", "azurerm_kusto_cluster_principal_assignment", "kusto_database_principal", source); len(wrong.Diagnostics) != 1 {
			t.Errorf("%v", wrong.Diagnostics)
		}
	}
}

// A role resource of a cluster would have to be sure of .drop and of its list.
func TestCluster_hasNoRoleResource(t *testing.T) {
	t.Parallel()
	p := newTestCluster(t).protocol(t)
	for _, k := range kusto.SecurableTypes {
		_, isResource := p.schema.ResourceSchemas["kusto_"+k.Slug+"_role"]
		_, isList := p.schema.ListResourceSchemas["kusto_"+k.Slug+"_role"]
		if isResource == k.MembersOnly || isList == k.MembersOnly {
			t.Errorf("%s: a role resource: %t, a list of roles: %t", k.Noun, isResource, isList)
		}
	}
}
