// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// viewersRole is a kusto_database_role "it" that owns the list of viewers, Alice.
func viewersRole(more string) string {
	return fmt.Sprintf("resource \"kusto_database_role\" \"it\" {\n database_name = \"Samples\"\n role = \"viewers\"\n principals = [%s]\n %s\n}\n", alice, more)
}

func TestIgnorePrincipals_areNeitherAddedNorRemovedNorShown(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.SetBehaviour(emulator.Behaviour{SharedAsDirect: true})
	robert, readers, workspace := who("bob@contoso.com"), who("Data Readers"), who("dashboard")
	at := func(fqn string) string { return line(database("Samples"), "viewers", fqn, "") }
	s.Grant(database("Samples"), "viewers", robert, "")
	s.Database("Samples").Share("viewers", workspace)
	ignored := fmt.Sprintf(`ignore_principals = [%s, %q, "aaduser=nobody@contoso.com"]`, bob, workspace.FQN())
	one := resource.TestCheckResourceAttr("kusto_database_role.it", "members.%", "1")
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	s.guards(t, []string{at(robert.FQN())},
		resource.TestStep{Config: s.config(viewersRole(ignored)), Check: resource.ComposeTestCheckFunc(one, s.holds(at(who("alice@contoso.com").FQN()), at(robert.FQN())))},
		resource.TestStep{Config: s.config(viewersRole(ignored)), ConfigPlanChecks: empty},
		resource.TestStep{PreConfig: func() { s.Grant(database("Samples"), "viewers", readers, "") },
			Config: s.config(viewersRole(ignored)), Check: resource.ComposeTestCheckFunc(one, s.holds(at(who("alice@contoso.com").FQN()), at(robert.FQN())))},
	)
}

func TestIgnorePrincipals_thatAreNoLongerIgnoredLeave(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	at := line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")
	s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "")
	s.guards(t, nil,
		resource.TestStep{Config: s.config(viewersRole("ignore_principals = [" + bob + "]"))},
		resource.TestStep{Config: s.config(viewersRole("")), Check: s.holds(at)},
		resource.TestStep{PreConfig: func() { s.Grant(database("Samples"), "viewers", who("bob@contoso.com"), "") },
			Config: s.config(viewersRole("ignore_principals = [" + bob + "]")), Check: s.holds(at, line(database("Samples"), "viewers", who("bob@contoso.com").FQN(), ""))},
		resource.TestStep{Config: s.config(viewersRole("ignore_principals = [\"AADUSER=Alice@contoso.com\"]")), ExpectError: says("Contradicting principals", "AADUSER=Alice@contoso.com")},
		resource.TestStep{Config: s.config(viewersRole(""))},
	)
}

func TestIgnorePrincipals_areOfferedForARoleOfTheWorkspace(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.SetBehaviour(emulator.Behaviour{SharedAsDirect: true})
	s.Database("Samples").Share("viewers", who("dashboard"))
	s.guards(t, nil,
		resource.TestStep{Config: s.config(viewersRole("")), ExpectError: says("Kusto did not revoke the role", who("dashboard").FQN(), "Fabric workspace", "ignore_principals")},
		resource.TestStep{Config: s.config(viewersRole(fmt.Sprintf("ignore_principals = [%q]", who("dashboard").FQN())))},
	)
}
