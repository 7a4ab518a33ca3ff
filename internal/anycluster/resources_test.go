// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

var unchanged = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

func TestPrincipal_isGrantedImportedChangedAndRevoked(t *testing.T) {
	onEveryKind(t, func(t *testing.T, f *fixture) {
		t.Helper()
		const first, second = `it's a "test" \ 😀 ${x}`, "another"
		it := f.address("principal")
		created := make(map[string]string)
		f.test(t,
			resource.TestStep{Config: f.principalHCL(f.principal, first), Check: resource.ComposeTestCheckFunc(f.granted(t, it, 1, first), attributesOf(it, created))},
			resource.TestStep{Config: f.principalHCL(f.principal, first), ConfigPlanChecks: unchanged},
			resource.TestStep{ResourceName: it, ImportState: true, ImportStateCheck: f.isImported(created)},
			resource.TestStep{Config: f.principalHCL(f.principal, second), Check: f.granted(t, it, 1, second)},
			resource.TestStep{Config: f.principalHCL(f.other, ""), Check: f.granted(t, it, 1, "")},
		)
	})
}

// attributesOf copies the attributes of a resource.
func attributesOf(address string, to map[string]string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		maps.Copy(to, state.RootModule().Resources[address].Primary.Attributes)
		return nil
	}
}

// isImported checks that an import has the attributes of the resource that was created.
// It lacks what the service does not return: notes on an old engine, and which row it is if
// that is one of another tenant, whose name it hides, and the caller may not ask.
func (f *fixture) isImported(created map[string]string) resource.ImportStateCheckFunc {
	return func(states []*terraform.InstanceState) error {
		if len(states) != 1 {
			return fmt.Errorf("%d resources were imported", len(states))
		}
		imported := states[0].Attributes
		notImported := []string{"allow_lockout"}
		if f.before[len(f.needed)].notesHidden {
			notImported = append(notImported, "notes")
		}
		if imported["resolved_fqn"] == "" {
			notImported = append(notImported, "notes", "resolved_fqn", "principal_display_name", "principal_object_id")
		}
		for name, want := range created {
			if got := imported[name]; got != want && !slices.Contains(notImported, name) {
				return fmt.Errorf("%s is %q after import, want %q", name, got, want)
			}
		}
		return nil
	}
}

func TestRole_isSetChangedAndEmptied(t *testing.T) {
	onEveryKind(t, func(t *testing.T, f *fixture) {
		t.Helper()
		it := f.address("role")
		f.test(t,
			resource.TestStep{Config: f.roleHCL(f.principal, f.other), Check: f.granted(t, it, 2, "")},
			resource.TestStep{Config: f.roleHCL(f.principal, f.other), ConfigPlanChecks: unchanged},
			resource.TestStep{Config: f.roleHCL(f.other), Check: f.granted(t, it, 1, "")},
		)
	})
}
