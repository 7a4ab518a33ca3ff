// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// What only newer versions of Terraform can do, by a real CLI. With an older one these
// tests are skipped; the tests over the plugin protocol are not.

func TestQuery_adoptsAWholeClusterByTheCLI(t *testing.T) {
	t.Parallel()
	needsTerraform(t, 14)
	for _, suffix := range []string{"_principal", "_role", "_access"} {
		t.Run(suffix, func(t *testing.T) {
			t.Parallel()
			s, securables, _ := furnished(t)
			before := s.held()
			var query strings.Builder
			for _, k := range typesWith(suffix) {
				fmt.Fprintf(&query, "list \"kusto_%s%s\" \"all\" {\n  provider = kusto\n  limit = 10000\n}\n", k.Slug, suffix)
			}
			w := workspace(t)
			for name, content := range map[string]string{"main.tf": requiresKusto + s.provider, "all.tfquery.hcl": query.String()} {
				if err := w.Write(name, content); err != nil {
					t.Fatal(err)
				}
			}
			run := runsIn(t, w)
			run("init")
			run("query", "-generate-config-out=grants.tf")
			if lists := 2 + 3*5; len(s.Commands()) > securables+lists {
				t.Errorf("%d commands were sent for %d securables and %d lists", len(s.Commands()), securables, lists)
			}
			if plan := run("plan"); !regexp.MustCompile(`Plan: \d+ to import, 0 to add, 0 to change, 0 to destroy\.`).MatchString(plan) {
				t.Errorf("the plan is not only imports:\n%s", plan[max(0, len(plan)-2000):])
			}
			run("apply", "-auto-approve")
			run("plan", "-detailed-exitcode") // 0: nothing to do
			if err := same("after adoption", s.held(), before); err != nil {
				t.Error(err)
			}
		})
	}
}

// elsewhereInAction is what the example of the action says of azuread, which is not here.
var elsewhereInAction = strings.NewReplacer(
	`data "azuread_client_config" "current" {}`, `locals { tenant_id = "%s" }`,
	`resource "azuread_group_member" "bob" {`, `resource "terraform_data" "bob" {`,
	"  group_object_id  = var.group_id\n  member_object_id = var.user_id\n", "",
	"data.azuread_client_config.current.tenant_id", "local.tenant_id",
)

func TestExamples_actionRunsAfterAMemberJoined(t *testing.T) {
	t.Parallel()
	needsTerraform(t, 14)
	s := newTestCluster(t)
	bob, group := who("bob@contoso.com"), who("Data Readers")
	hcl := fmt.Sprintf(elsewhereInAction.Replace(example(t, "actions/kusto_refresh_group_membership/action.tf")), bob.TenantID)
	after := []string{"apply", "-auto-approve", "-invoke=action.kusto_refresh_group_membership.bob"}
	if terraformMinor() >= 16 {
		hcl = strings.Replace(hcl, "[after_create]", "[after_create, after_destroy]", 1)
		after = []string{"destroy", "-auto-approve"}
	}
	if strings.Contains(hcl, "azuread") {
		t.Fatalf("the example has changed:\n%s", hcl)
	}
	w := workspace(t)
	if err := w.Write("main.tf", requiresKusto+s.provider+hcl); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(".clear cluster cache groupmembership with (principal='%s', group='%s')", bob.FQN(), group.FQN())
	for _, args := range [][]string{{"init"}, {"apply", "-auto-approve"}, {"apply", "-auto-approve"}, after} {
		vars := []string{"-no-color"}
		if args[0] != "init" {
			vars = append(vars, "-var=group_id="+group.ObjectID, "-var=user_id="+bob.ObjectID)
		}
		if _, err := w.Must(testContext(t), 0, append(args, vars...)...); err != nil {
			t.Fatal(err)
		}
	}
	// After Bob joined, and after he left or by hand.
	if got := s.texts(); len(got) != 2 || got[0] != want || got[1] != want {
		t.Errorf("sent %q, want %q twice", got, want)
	}
}
