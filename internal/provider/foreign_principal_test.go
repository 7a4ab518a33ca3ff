// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// A prefix that only Kusto knows is a principal like any other: granted, shown, ignored and
// revoked by the text that Kusto writes.
func TestForeignPrincipal_isKeptAsKustoWritesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fqn, written string }{
		{`dstsgroup=CORP\Operators`, `DSTSgroup=corp\operators`},
		{"newprefix=x;y;Z", "newprefix=x;y;Z"},
	} {
		t.Run(c.fqn, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			p := fake.Directory().AddForeign(c.fqn, "Operators")
			hcl := s.config(viewer("it", c.fqn, ""))
			respelled := s.config(viewer("it", c.written, ""))
			only := s.config(viewers("whole", "", "aaduser=alice@contoso.com"))
			s.test(t,
				resource.TestStep{Config: hcl, Check: resource.ComposeTestCheckFunc(
					resource.TestCheckResourceAttr("kusto_database_principal.it", "resolved_fqn", c.fqn),
					resource.TestCheckResourceAttr("kusto_database_principal.it", "principal_type", "other"),
				)},
				resource.TestStep{Config: respelled, PlanOnly: true},
				resource.TestStep{Config: only, Check: s.holdsExactly(database("Samples"), "viewers", who("alice@contoso.com").FQN())},
				resource.TestStep{
					PreConfig: func() { s.Grant(database("Samples"), "viewers", p, "") },
					Config:    s.config(viewers("whole", fmt.Sprintf("ignore_principals = [%q]", c.written), "aaduser=alice@contoso.com")),
					Check:     s.holdsExactly(database("Samples"), "viewers", who("alice@contoso.com").FQN(), c.fqn),
				},
				resource.TestStep{Config: only, Check: func(*terraform.State) error {
					for _, command := range s.Commands() {
						if command.Verb == ".drop" && !strings.Contains(command.Text, kustoLiteral(c.fqn)) {
							return fmt.Errorf("sent %s", command.Text)
						}
					}
					return s.holdsExactly(database("Samples"), "viewers", who("alice@contoso.com").FQN())(nil)
				}},
			)
		})
	}
}

// kustoLiteral is a text as it stands in a literal of a command.
func kustoLiteral(text string) string { return strings.ReplaceAll(text, `\`, `\\`) }
