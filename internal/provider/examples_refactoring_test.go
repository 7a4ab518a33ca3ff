// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// The guide's changes one after the other; at the end Terraform manages nothing.
func TestGuides_refactoringLosesNoAccess(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	want := grants{"database": {"viewers|dashboard|", "viewers|Data Readers|"}}.lines()
	step := func(file string, checks ...plancheck.PlanCheck) resource.TestStep {
		return resource.TestStep{
			PreConfig: s.ResetCommands, Config: s.onTestCluster(example(t, "guides/refactoring/"+file)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: checks}, ConfigStateChecks: clusterIs(s.holds(want...)),
		}
	}
	untouched := func(in resource.TestStep) resource.TestStep {
		for _, verb := range []string{".add", ".drop", ".set"} {
			in.ConfigStateChecks = append(in.ConfigStateChecks, clusterIs(s.sent(verb, 0))...)
		}
		return in
	}
	renamed := untouched(step("renamed.tf",
		plancheck.ExpectResourceAction(`kusto_database_principal.viewer["dashboard"]`, plancheck.ResourceActionNoop),
		plancheck.ExpectResourceAction(`kusto_database_principal.viewer["readers"]`, plancheck.ResourceActionNoop)))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_7_0)},
		Steps: []resource.TestStep{
			step("before.tf"), renamed, step("role.tf"), step("before.tf"), step("role.tf"), untouched(step("removed.tf")),
		},
		CheckDestroy: s.holds(want...),
	})
}
